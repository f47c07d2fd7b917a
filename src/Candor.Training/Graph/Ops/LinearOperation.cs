using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Training;

/// <summary>y = scale · x Wᵀ + bias.</summary>
internal sealed unsafe class LinearOperation(Slot input, Parameter weight, Parameter? bias, Slot output, float scale = 1) : Operation
{
    public override void Forward(Pass pass)
    {
        weight.MultiplyTransposed(pass.Gemm, input.ValueView(pass), output.ValueView(pass), scale);
        if (bias is null) return;
        pass.RunRows((begin, end, _) =>
        {
            for (int r = begin; r < end; r++) TensorPrimitives.Add(output.Values(r), bias.Values, output.Values(r));
        });
    }

    public override void Backward(Pass pass)
    {
        MatrixView dy = output.GradientView(pass);
        weight.Multiply(pass.Gemm, dy, input.GradientView(pass), scale, add: true);
        if (weight.Trains) pass.Gemm.Multiply(dy.Transposed, input.ValueView(pass), weight.GradientView, scale, add: true);
        if (bias is { Trains: true }) ColumnSums(pass, output, bias);
    }

    /// <summary>Adds the sum of all rows of a slot's gradient to a vector's.</summary>
    internal static void ColumnSums(Pass pass, Slot from, Parameter to) =>
        pass.Run(from.Width, Math.Max(16, from.Width / (2 * pass.Pool.Threads)), (begin, end, _) =>
        {
            Span<float> sums = to.Gradients[begin..end];
            for (int r = 0; r < pass.Rows; r++) TensorPrimitives.Add(sums, from.Gradients(r)[begin..end], sums);
        });
}
