namespace Candor.Training;

/// <summary>Gradient descent with momentum: g ← g + decay·w, b ← momentum·b + (1 − dampening)g (the first b is g itself), w ← w − rate·b, or − rate·(g + momentum·b) with Nesterov's look ahead.</summary>
internal sealed unsafe class Sgd(IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options) : Optimizer(parameters, weights, pass, options)
{
    private protected override long StateBytes(Parameter p) => Options.Momentum == 0 ? 0 : p.Count * sizeof(float);

    private protected override void Update(Parameter p, byte* state, StepConstants step)
    {
        nint w = (nint)p.Value, g = (nint)p.Gradient, b = (nint)state;
        float rate = (float)step.Rate, decay = (float)step.Decay, factor = (float)step.Gradient, momentum = (float)Options.Momentum, enters = Steps == 1 ? 1 : (float)(1 - Options.Dampening);
        Each(p, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                float* weight = (float*)w + i;
                float gradient = (((float*)g)[i] * factor) + (decay * (*weight - step.Offset));
                if (momentum != 0)
                {
                    float* buffer = (float*)b + i;
                    *buffer = (momentum * *buffer) + (enters * gradient);
                    gradient = Options.Nesterov ? gradient + (momentum * *buffer) : *buffer;
                }

                *weight -= rate * gradient;
            }
        });
    }
}
