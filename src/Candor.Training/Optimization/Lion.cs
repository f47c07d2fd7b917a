namespace Candor.Training;

/// <summary>Lion (Chen et al., arXiv:2302.06675): w ← w − rate·(sign(β₁m + (1 − β₁)g) + decay·w), then m ← β₂m + (1 − β₂)g.</summary>
internal sealed unsafe class Lion(IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options) : Optimizer(parameters, weights, pass, options)
{
    private protected override long StateBytes(Parameter p) => p.Count * sizeof(float);

    private protected override void Update(Parameter p, byte* state, StepConstants step)
    {
        nint w = (nint)p.Value, g = (nint)p.Gradient, m = (nint)state;
        float rate = (float)step.Rate, decay = (float)(step.Rate * step.Decay), factor = (float)step.Gradient, new1 = (float)(1 - Options.Beta1), new2 = (float)(1 - Options.Beta2);
        Each(p, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                float* weight = (float*)w + i, mean = (float*)m + i;
                float gradient = ((float*)g)[i] * factor, along = *mean + ((gradient - *mean) * new1);
                *weight -= (*weight - step.Offset) * decay;
                *weight -= rate * (along > 0 ? 1 : along < 0 ? -1 : 0);
                *mean += (gradient - *mean) * new2;
            }
        });
    }
}
