using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels;

/// <summary>x · sigmoid(x).</summary>
internal readonly struct SiluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x, Vector512<float> y) => x / (Vector512<float>.One + Exponential.Exp(-x));
}

/// <summary>x · sigmoid(x) · y.</summary>
internal readonly struct SwigluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x, Vector512<float> y) => x / (Vector512<float>.One + Exponential.Exp(-x)) * y;
}

/// <summary>gpt-oss: with g at most limit, and u within ±limit, (u + 1) · g · sigmoid(α g).</summary>
internal readonly struct ClampedSwigluFunction(float alpha, float limit) : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x, Vector512<float> y)
    {
        // Min and Max, other than their native forms, keep what is no number.
        Vector512<float> g = Vector512.Min(x, Vector512.Create(limit)), u = Vector512.Max(Vector512.Min(y, Vector512.Create(limit)), Vector512.Create(-limit));
        return (u + Vector512<float>.One) * g / (Vector512<float>.One + Exponential.Exp(g * Vector512.Create(-alpha)));
    }
}

/// <summary>x · Φ(x).</summary>
internal readonly struct GeluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x, Vector512<float> y) => x * NormalDistribution.Cumulative(x);
}

/// <summary>The derivative of x · Φ(x): Φ(x) + x · φ(x).</summary>
internal readonly struct GeluSlopeFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x, Vector512<float> y) => Vector512.MultiplyAddEstimate(x, NormalDistribution.Density(x), NormalDistribution.Cumulative(x));
}

/// <summary>½x(1 + tanh z) with z = √(2/π)(x + 0.044715 x³); ½(1 + tanh z) is sigmoid(2z).</summary>
internal readonly struct GeluTanhFunction : ILaneFunction
{
    private const float Twice = 1.5957691216057308f, Cube = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x, Vector512<float> y) => x / (Vector512<float>.One + Exponential.Exp(-TwoZ(x)));

    /// <summary>2z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> TwoZ(Vector512<float> x) => x * Vector512.Create(Twice) * Vector512.MultiplyAddEstimate(x * x, Vector512.Create(Cube), Vector512<float>.One);

    /// <summary>The derivative of 2z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Steepness(Vector512<float> x) => Vector512.Create(Twice) * Vector512.MultiplyAddEstimate(x * x, Vector512.Create(3 * Cube), Vector512<float>.One);
}

/// <summary>The derivative of GELU's tanh form: s + x · s · (1 − s) · (2z)′ with s = sigmoid(2z).</summary>
internal readonly struct GeluTanhSlopeFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x, Vector512<float> y)
    {
        // With e = e^(−|2z|) neither s nor s (1 − s) is a difference of what is nearly alike.
        Vector512<float> w = GeluTanhFunction.TwoZ(x), e = Exponential.Exp(-Vector512.Abs(w)), share = Vector512<float>.One / (Vector512<float>.One + e), other = e * share;
        Vector512<float> s = Vector512.ConditionalSelect(Vector512.LessThan(w, Vector512<float>.Zero), other, share);
        return Vector512.MultiplyAddEstimate(x * GeluTanhFunction.Steepness(x), share * other, s);
    }
}

/// <summary>ln(1 + eˣ), to about a millionth of itself.</summary>
internal readonly struct SoftplusFunction : ILaneFunction
{
    // Above it ln(1 + eˣ) is x.
    private const float Straight = 20;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x, Vector512<float> y)
    {
        // What 1 + e loses of e, the quotient gives back (Goldberg, What Every Computer Scientist Should Know About Floating-Point Arithmetic, theorem 4).
        Vector512<float> e = Exponential.Exp(x), w = Vector512<float>.One + e, kept = w - Vector512<float>.One;
        Vector512<float> log = Vector512.ConditionalSelect(Vector512.Equals(kept, Vector512<float>.Zero), e, Vector512.Log(w) * (e / kept));
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(Straight)), x, log);
    }
}
