using System.Numerics;
using System.Numerics.Tensors;
using Candor.Kernels;
using Candor.Models;

namespace Candor.Training;

/// <summary>Non-linearities with their derivatives.</summary>
internal static class ActivationSlopes
{
    /// <summary>act(x) and act′(x) for each element.</summary>
    public static void Of(ActivationKind kind, ReadOnlySpan<float> x, Span<float> value, Span<float> slope)
    {
        switch (kind)
        {
            case ActivationKind.Silu:
                // s + x s (1 − s), with s the sigmoid.
                TensorPrimitives.Sigmoid(x, slope);
                TensorPrimitives.Multiply(x, slope, value);
                Vectors(value, slope);
                break;
            case ActivationKind.Gelu:
                x.CopyTo(value);
                Activations.Gelu(value);
                Activations.GeluSlope(x, slope);
                break;
            case ActivationKind.GeluTanh:
                x.CopyTo(value);
                Activations.GeluTanh(value);
                Activations.GeluTanhSlope(x, slope);
                break;
            case ActivationKind.Relu:
                for (int i = 0; i < x.Length; i++) (value[i], slope[i]) = x[i] > 0 ? (x[i], 1f) : (0f, 0f);
                break;
            case ActivationKind.Relu2:
                for (int i = 0; i < x.Length; i++) (value[i], slope[i]) = x[i] > 0 ? (x[i] * x[i], 2 * x[i]) : (0f, 0f);
                break;
            default:
                throw new ModelSpecException($"the activation {kind} cannot be trained yet");
        }
    }

    /// <summary>slope ← slope + value (1 − slope), a vector at a time.</summary>
    private static void Vectors(ReadOnlySpan<float> value, Span<float> slope)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= slope.Length; i += Vector<float>.Count)
        {
            Vector<float> s = new(slope[i..]), v = new(value[i..]);
            (s + (v * (Vector<float>.One - s))).CopyTo(slope[i..]);
        }

        for (; i < slope.Length; i++) slope[i] += value[i] * (1 - slope[i]);
    }
}
