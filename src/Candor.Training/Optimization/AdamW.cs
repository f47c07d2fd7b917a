using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv:1711.05101): m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − rate·(m̂ / (√v̂ + ε) + decay·w),
/// with m̂ and v̂ free of the bias of their zero start.
/// </summary>
public sealed unsafe class AdamW : IDisposable
{
    private const int ChunkElements = 1 << 14;
    private readonly TrainingModel model;
    private readonly AdamWOptions options;
    private readonly List<(Parameter Weight, NativeBuffer Moments)> states = [];

    /// <summary>An optimizer for the weights of a model that train.</summary>
    public AdamW(TrainingModel model, AdamWOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (this.model, this.options) = (model, options ?? new AdamWOptions());
        foreach (Parameter p in model.Trained) states.Add((p, new NativeBuffer(2 * p.Count * sizeof(float))));
    }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>The length of all gradients together.</summary>
    public double GradientNorm()
    {
        double sum = 0;
        foreach ((Parameter p, _) in states)
            for (int from = 0; from < p.Count; from += ChunkElements)
                sum += System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(p.Gradients.Slice(from, (int)Math.Min(ChunkElements, p.Count - from)));
        return Math.Sqrt(sum);
    }

    /// <summary>Changes the weights by their gradients.</summary>
    /// <param name="rate">The learning rate of this step.</param>
    /// <param name="gradientFactor">Factor on the gradients: what clipping leaves of them. Default 1.</param>
    public void Step(double rate, double gradientFactor = 1)
    {
        Steps++;
        double first = 1 - Math.Pow(options.Beta1, Steps), second = 1 - Math.Pow(options.Beta2, Steps);
        foreach ((Parameter p, NativeBuffer moments) in states)
        {
            double own = options.RateFactor?.Invoke(p) ?? 1, decay = options.Decays?.Invoke(p) ?? true ? options.WeightDecay : 0;
            var constants = new Constants(
                (float)(1 - options.Beta1), (float)options.Beta2, (float)(1 - options.Beta2), (float)(rate * own / first), (float)(1 / Math.Sqrt(second)), (float)options.Epsilon, (float)(rate * own * decay), (float)gradientFactor, model.Parameters.Offset(p.Role));
            int count = checked((int)p.Count);
            nint w = (nint)p.Value, g = (nint)p.Gradient, m = (nint)moments.Pointer;
            model.Pass.Run((count + ChunkElements - 1) / ChunkElements, 1, (begin, end, _) =>
            {
                int from = begin * ChunkElements, to = Math.Min(count, end * ChunkElements);
                Update((float*)w + from, (float*)g + from, (float*)m + from, (float*)m + count + from, to - from, constants);
            });
        }
    }

    /// <summary>The moments, parameter by parameter: means, then squares. For checkpoints.</summary>
    public IEnumerable<(Parameter Parameter, Memory<float> Moments)> Save() =>
        states.Select(s => (s.Weight, (Memory<float>)s.Moments.AsSpan<float>()[..checked((int)(2 * s.Weight.Count))].ToArray()));

    /// <summary>Takes up where <see cref="Save"/> left off.</summary>
    /// <param name="steps">Steps taken by then.</param>
    /// <param name="moments">The moments of a parameter by its name.</param>
    public void Restore(int steps, Func<string, float[]> moments)
    {
        ArgumentNullException.ThrowIfNull(moments);
        Steps = steps;
        foreach ((Parameter p, NativeBuffer buffer) in states) moments(p.Name).CopyTo(buffer.AsSpan<float>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, NativeBuffer moments) in states) moments.Dispose();
    }

    private static void Update(float* w, float* g, float* m, float* v, int count, Constants c)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256<float> gradient = Vector256.Load(g + i) * c.Gradient, mean = Vector256.Load(m + i), square = Vector256.Load(v + i), weight = Vector256.Load(w + i);
            mean += (gradient - mean) * c.New1;
            square = (square * c.Beta2) + (gradient * gradient * c.New2);
            weight -= (weight - Vector256.Create(c.Offset)) * c.Decay;
            weight -= mean * c.Rate / ((Vector256.Sqrt(square) * c.Root) + Vector256.Create(c.Epsilon));
            mean.Store(m + i);
            square.Store(v + i);
            weight.Store(w + i);
        }

        for (; i < count; i++)
        {
            float gradient = g[i] * c.Gradient;
            m[i] += (gradient - m[i]) * c.New1;
            v[i] = (v[i] * c.Beta2) + (gradient * gradient * c.New2);
            w[i] -= (w[i] - c.Offset) * c.Decay;
            w[i] -= m[i] * c.Rate / ((MathF.Sqrt(v[i]) * c.Root) + c.Epsilon);
        }
    }

    private readonly record struct Constants(float New1, float Beta2, float New2, float Rate, float Root, float Epsilon, float Decay, float Gradient, float Offset);
}
