using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>y = x · factors, element by element, with one factor for each column.</summary>
internal static class ColumnFactors
{
    public static void Forward(Pass pass, Slot input, float[] factors, Slot output) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++) TensorPrimitives.Multiply(input.Values(r), factors, output.Values(r));
    });

    /// <summary>Adds to the input's gradients; returns the gradients of the factors.</summary>
    public static float[] Backward(Pass pass, Slot input, float[] factors, Slot output)
    {
        var sums = new float[output.Width];
        pass.Run(output.Width, Math.Max(16, output.Width / (2 * pass.Pool.Threads)), (begin, end, _) =>
        {
            Span<float> sum = sums.AsSpan(begin, end - begin);
            for (int r = 0; r < pass.Rows; r++)
            {
                ReadOnlySpan<float> dy = output.Gradients(r)[begin..end];
                TensorPrimitives.MultiplyAdd(dy, input.Values(r)[begin..end], sum, sum);
                Span<float> dx = input.Gradients(r)[begin..end];
                TensorPrimitives.MultiplyAdd(dy, factors.AsSpan(begin, end - begin), dx, dx);
            }
        });
        return sums;
    }
}
