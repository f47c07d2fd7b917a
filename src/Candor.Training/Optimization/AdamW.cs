using System.Runtime.Intrinsics;

namespace Candor.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv:1711.05101): m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − rate·(m̂ / (√v̂ + ε) + decay·w),
/// with m̂ and v̂ free of the bias of their zero start. With AMSGrad the largest v so far stands for v.
/// </summary>
internal unsafe class AdamW(IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options) : Optimizer(parameters, weights, pass, options)
{
    private protected override long StateBytes(Parameter p) => (Options.Amsgrad ? 3 : 2) * p.Count * sizeof(float);

    private protected override void Update(Parameter p, byte* state, StepConstants step)
    {
        Constants c = Of(step);
        nint w = (nint)p.Value, g = (nint)p.Gradient, m = (nint)state;
        long count = p.Count;
        bool keepsLargest = Options.Amsgrad;
        Each(p, (from, to) => Update((float*)w + from, (float*)g + from, (float*)m + from, (float*)m + count + from, keepsLargest ? (float*)m + (2 * count) + from : null, to - from, c));
    }

    private protected Constants Of(StepConstants step)
    {
        double first = 1 - Math.Pow(Options.Beta1, Steps), second = 1 - Math.Pow(Options.Beta2, Steps);
        return new Constants(
            (float)(1 - Options.Beta1), (float)Options.Beta2, (float)(1 - Options.Beta2), (float)(step.Rate / first), (float)(1 / Math.Sqrt(second)), (float)Options.Epsilon, (float)(Options.CoupledDecay ? 0 : step.Rate * step.Decay), (float)(Options.CoupledDecay ? step.Decay : 0), (float)step.Gradient, step.Offset);
    }

    /// <summary>Takes a step; <paramref name="largest"/> is null where squares count as they are.</summary>
    private protected static void Update(float* w, float* g, float* m, float* v, float* largest, int count, Constants c)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256<float> gradient = Vector256.Load(g + i) * c.Gradient, mean = Vector256.Load(m + i), square = Vector256.Load(v + i), weight = Vector256.Load(w + i);
            if (c.Coupled != 0) gradient += (weight - Vector256.Create(c.Offset)) * c.Coupled;
            mean += (gradient - mean) * c.New1;
            square = (square * c.Beta2) + (gradient * gradient * c.New2);
            square.Store(v + i);
            if (largest is not null)
            {
                square = Vector256.Max(square, Vector256.Load(largest + i));
                square.Store(largest + i);
            }

            weight -= (weight - Vector256.Create(c.Offset)) * c.Decay;
            weight -= mean * c.Rate / ((Vector256.Sqrt(square) * c.Root) + Vector256.Create(c.Epsilon));
            mean.Store(m + i);
            weight.Store(w + i);
        }

        for (; i < count; i++)
        {
            float gradient = (g[i] * c.Gradient) + ((w[i] - c.Offset) * c.Coupled);
            m[i] += (gradient - m[i]) * c.New1;
            v[i] = (v[i] * c.Beta2) + (gradient * gradient * c.New2);
            float square = v[i];
            if (largest is not null) square = largest[i] = Math.Max(square, largest[i]);
            w[i] -= (w[i] - c.Offset) * c.Decay;
            w[i] -= m[i] * c.Rate / ((MathF.Sqrt(square) * c.Root) + c.Epsilon);
        }
    }

    private protected readonly record struct Constants(float New1, float Beta2, float New2, float Rate, float Root, float Epsilon, float Decay, float Coupled, float Gradient, float Offset);
}
