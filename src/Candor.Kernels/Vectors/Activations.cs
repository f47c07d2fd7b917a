using System.Numerics.Tensors;

namespace Candor.Kernels;

/// <summary>Non-linearities of feed-forward layers, on one row.</summary>
public static class Activations
{
    /// <summary>x ← x · sigmoid(x).</summary>
    public static unsafe void Silu(Span<float> x)
    {
        fixed (float* p = x) Exponential.Silu(p, null, x.Length);
    }

    /// <summary>x ← x · sigmoid(x) · up.</summary>
    /// <param name="x">The gate.</param>
    /// <param name="up">As many numbers.</param>
    public static unsafe void Swiglu(Span<float> x, ReadOnlySpan<float> up)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(up.Length, x.Length);
        fixed (float* p = x, u = up) Exponential.Silu(p, u, x.Length);
    }

    /// <summary>x ← x · Φ(x), with the error function (Hendrycks and Gimpel, arXiv:1606.08415).</summary>
    public static void Gelu(Span<float> x)
    {
        for (int i = 0; i < x.Length; i++) x[i] = (float)(0.5 * x[i] * (1 + ErrorFunction.Erf(x[i] * 0.70710678118654752440)));
    }

    /// <summary>x ← ½x(1 + tanh(√(2/π)(x + 0.044715x³))): GELU's tanh form.</summary>
    public static void GeluTanh(Span<float> x, Span<float> scratch)
    {
        Span<float> t = scratch[..x.Length];
        // 0.5(1 + tanh z) = sigmoid(2z), which the vector library has.
        TensorPrimitives.Multiply(x, x, t);
        TensorPrimitives.Multiply(t, 0.044715f, t);
        TensorPrimitives.Add(t, 1f, t);
        TensorPrimitives.Multiply(t, x, t);
        TensorPrimitives.Multiply(t, 1.5957691216057308f, t);
        TensorPrimitives.Sigmoid<float>(t, t);
        TensorPrimitives.Multiply(x, t, x);
    }

    /// <summary>x ← max(0, x).</summary>
    public static void Relu(Span<float> x) => TensorPrimitives.Max(x, 0f, x);

    /// <summary>x ← max(0, x)².</summary>
    public static void Relu2(Span<float> x)
    {
        TensorPrimitives.Max(x, 0f, x);
        TensorPrimitives.Multiply(x, x, x);
    }

    /// <summary>gpt-oss: g ← min(g, limit), u ← clamp(u, ±limit); g ← (u + 1) · g · sigmoid(α g).</summary>
    public static void ClampedSwiglu(Span<float> gate, ReadOnlySpan<float> up, float alpha, float limit)
    {
        for (int i = 0; i < gate.Length; i++)
        {
            float g = MathF.Min(gate[i], limit), u = Math.Clamp(up[i], -limit, limit);
            gate[i] = (u + 1) * g / (1 + MathF.Exp(-alpha * g));
        }
    }

    /// <summary>ln(1 + eˣ), without overflow.</summary>
    public static float Softplus(float x) => x > 20 ? x : MathF.Log(1 + MathF.Exp(x)) is var y && x > -10 ? y : MathF.Exp(x);
}
