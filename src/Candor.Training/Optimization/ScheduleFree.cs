using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>
/// AdamW without a schedule (Defazio et al., arXiv:2405.15682): steps z ← z − rate·(g / (√v̂ + ε) + decay·y) are taken from gradients at
/// y = (1 − β₁)z + β₁x, and x is the mean of all z, weighted by the squares of the highest rate so far. The weights in training are y; those
/// to keep are x. A warm-up is still of use; the rate must not go down.
/// </summary>
internal sealed unsafe class ScheduleFree(IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options) : Optimizer(parameters, weights, pass, options)
{
    // Before the moments: the sum of all weights of the mean, and the highest rate.
    private const int Head = 2 * sizeof(double);

    private protected override long StateBytes(Parameter p) => Head + (2 * p.Count * sizeof(float));

    private protected override void Update(Parameter p, byte* state, StepConstants step)
    {
        double* sums = (double*)state;
        sums[1] = Math.Max(sums[1], step.Rate);
        double weight = sums[1] * sums[1];
        sums[0] += weight;
        float share = sums[0] == 0 ? 0 : (float)(weight / sums[0]), root = (float)(1 / Math.Sqrt(1 - Math.Pow(Options.Beta2, Steps))), rate = (float)step.Rate, beta1 = (float)Options.Beta1, beta2 = (float)Options.Beta2;
        nint y = (nint)p.Value, g = (nint)p.Gradient, z = (nint)(state + Head), v = z + (nint)(p.Count * sizeof(float));
        if (Steps == 1) p.Values.CopyTo(new Span<float>((float*)z, checked((int)p.Count)));
        Each(p, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                float slope = ((float*)g)[i] * (float)step.Gradient;
                ref float square = ref ((float*)v)[i], at = ref ((float*)y)[i], free = ref ((float*)z)[i];
                square = (square * beta2) + ((1 - beta2) * slope * slope);
                float change = (slope / ((MathF.Sqrt(square) * root) + (float)Options.Epsilon)) + ((float)step.Decay * (at - step.Offset));
                float mean = (at - ((1 - beta1) * free)) / beta1;
                free -= rate * change;
                mean += share * (free - mean);
                at = ((1 - beta1) * free) + (beta1 * mean);
            }
        });
    }

    /// <summary>y becomes x, or x becomes y.</summary>
    private protected override void Exchange(Parameter p, byte* state, bool keep)
    {
        if (Steps == 0) return;
        float beta1 = (float)Options.Beta1;
        var z = new ReadOnlySpan<float>(state + Head, checked((int)p.Count));
        Span<float> values = p.Values;
        if (keep)
        {
            TensorPrimitives.MultiplyAdd(z, -(1 - beta1), values, values);
            TensorPrimitives.Multiply(values, 1 / beta1, values);
        }
        else
        {
            TensorPrimitives.Multiply(values, beta1, values);
            TensorPrimitives.MultiplyAdd(z, 1 - beta1, values, values);
        }
    }
}
