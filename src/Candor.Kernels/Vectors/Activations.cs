using System.Numerics.Tensors;

namespace Candor.Kernels;

/// <summary>Non-linearities of feed-forward and state-space layers, on rows. NaN stays NaN.</summary>
public static unsafe class Activations
{
    /// <summary>x ← x · sigmoid(x).</summary>
    public static void Silu(Span<float> x) => InPlace(x, default(SiluFunction));

    /// <summary>x ← x · sigmoid(x) · up.</summary>
    /// <param name="x">The gate.</param>
    /// <param name="up">As many numbers.</param>
    public static void Swiglu(Span<float> x, ReadOnlySpan<float> up) => Swiglu(x, up, x);

    /// <summary>results ← gate · sigmoid(gate) · up.</summary>
    /// <param name="gate">[n].</param>
    /// <param name="up">[n].</param>
    /// <param name="results">[n]; may be either.</param>
    public static void Swiglu(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> results) => Map(gate, up, results, default(SwigluFunction));

    /// <summary>x ← x · Φ(x), with the normal distribution's Φ (Hendrycks and Gimpel, arXiv:1606.08415).</summary>
    public static void Gelu(Span<float> x) => InPlace(x, default(GeluFunction));

    /// <summary>The derivative of <see cref="Gelu"/>.</summary>
    /// <param name="x">[n].</param>
    /// <param name="slope">[n].</param>
    public static void GeluSlope(ReadOnlySpan<float> x, Span<float> slope) => Map(x, x, slope, default(GeluSlopeFunction));

    /// <summary>x ← ½x(1 + tanh(√(2/π)(x + 0.044715x³))): GELU's tanh form.</summary>
    public static void GeluTanh(Span<float> x) => InPlace(x, default(GeluTanhFunction));

    /// <summary>The derivative of <see cref="GeluTanh"/>.</summary>
    /// <param name="x">[n].</param>
    /// <param name="slope">[n].</param>
    public static void GeluTanhSlope(ReadOnlySpan<float> x, Span<float> slope) => Map(x, x, slope, default(GeluTanhSlopeFunction));

    /// <summary>x ← max(0, x).</summary>
    public static void Relu(Span<float> x) => TensorPrimitives.Max(x, 0f, x);

    /// <summary>x ← max(0, x)².</summary>
    public static void Relu2(Span<float> x)
    {
        TensorPrimitives.Max(x, 0f, x);
        TensorPrimitives.Multiply(x, x, x);
    }

    /// <summary>gpt-oss: g ← min(g, limit), u ← clamp(u, ±limit); g ← (u + 1) · g · sigmoid(α g).</summary>
    public static void ClampedSwiglu(Span<float> gate, ReadOnlySpan<float> up, float alpha, float limit) => Map(gate, up, gate, new ClampedSwigluFunction(alpha, limit));

    /// <summary>x ← ln(1 + eˣ).</summary>
    public static void Softplus(Span<float> x) => InPlace(x, default(SoftplusFunction));

    private static void InPlace<TFunction>(Span<float> x, TFunction f) where TFunction : struct, ILaneFunction => Map(x, x, x, f);

    private static void Map<TFunction>(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> results, TFunction f) where TFunction : struct, ILaneFunction
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(results.Length, x.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Length, x.Length);
        fixed (float* a = x, b = y, to = results) Lanes.Map(a, b, to, x.Length, f);
    }
}
