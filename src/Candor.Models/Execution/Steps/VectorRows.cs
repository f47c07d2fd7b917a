using System.Numerics.Tensors;

namespace Candor.Models.Steps;

/// <summary>Row arithmetic over pointers.</summary>
internal static unsafe class VectorRows
{
    /// <summary>sum += scale · x over n elements.</summary>
    public static void AddScaled(float scale, float* x, float* sum, int n)
    {
        var target = new Span<float>(sum, n);
        TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(x, n), scale, target, target);
    }

    /// <summary>x · y over n elements.</summary>
    public static float Dot(float* x, float* y, int n) => TensorPrimitives.Dot(new ReadOnlySpan<float>(x, n), new ReadOnlySpan<float>(y, n));

    /// <summary>x *= scale over n elements.</summary>
    public static void Scale(float scale, float* x, int n)
    {
        var target = new Span<float>(x, n);
        TensorPrimitives.Multiply(target, scale, target);
    }
}
