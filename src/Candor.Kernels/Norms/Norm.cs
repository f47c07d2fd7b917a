using System.Numerics.Tensors;

namespace Candor.Kernels;

/// <summary>Normalisation of one row.</summary>
public static unsafe class Norm
{
    /// <summary>y = x / √(mean(x²) + ε) · weight (Zhang and Sennrich, arXiv:1910.07467). Input and output may be the same.</summary>
    /// <param name="x">Input, [n].</param>
    /// <param name="weight">Weight, [n], or null for ones.</param>
    /// <param name="bias">Added afterwards, [n], or null.</param>
    /// <param name="y">Output, [n].</param>
    /// <param name="n">Elements.</param>
    /// <param name="epsilon">ε.</param>
    public static void Rms(float* x, float* weight, float* bias, float* y, int n, float epsilon)
    {
        var input = new ReadOnlySpan<float>(x, n);
        var output = new Span<float>(y, n);
        float mean = VectorMath.Dot(x, x, n) / n;
        TensorPrimitives.Multiply(input, 1f / MathF.Sqrt(mean + epsilon), output);
        WeightAndBias(output, weight, bias);
    }

    /// <summary>y = (x − mean) / √(variance + ε) · weight + bias (Ba et al., arXiv:1607.06450). Input and output may be the same.</summary>
    /// <inheritdoc cref="Rms"/>
    public static void Layer(float* x, float* weight, float* bias, float* y, int n, float epsilon)
    {
        var input = new ReadOnlySpan<float>(x, n);
        var output = new Span<float>(y, n);
        float mean = TensorPrimitives.Sum(input) / n;
        TensorPrimitives.Subtract(input, mean, output);
        float variance = VectorMath.Dot(y, y, n) / n;
        TensorPrimitives.Multiply(output, 1f / MathF.Sqrt(variance + epsilon), output);
        WeightAndBias(output, weight, bias);
    }

    private static void WeightAndBias(Span<float> output, float* weight, float* bias)
    {
        if (weight is not null) TensorPrimitives.Multiply(output, new ReadOnlySpan<float>(weight, output.Length), output);
        if (bias is not null) TensorPrimitives.Add(output, new ReadOnlySpan<float>(bias, output.Length), output);
    }
}
