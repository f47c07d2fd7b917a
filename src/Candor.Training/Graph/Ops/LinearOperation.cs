using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Training;

/// <summary>y = scale · x Wᵀ + biasScale · bias.</summary>
internal sealed unsafe class LinearOperation(Slot input, Parameter weight, Parameter? bias, Slot output, float scale = 1, float biasScale = 1) : Operation
{
    public override void Forward(Pass pass)
    {
        weight.MultiplyTransposed(pass.Gemm, input.ValueView(pass), output.ValueView(pass), scale);
        AddBias(pass, bias, output, biasScale);
    }

    public override void Backward(Pass pass)
    {
        weight.Multiply(pass.Gemm, output.GradientView(pass), input.GradientView(pass), scale, add: true);
        BackwardOfWeights(pass);
    }

    /// <summary>Adds a vector, where there is one, to all rows of a slot.</summary>
    internal static void AddBias(Pass pass, Parameter? bias, Slot output, float factor = 1)
    {
        if (bias is null) return;
        pass.RunRows((begin, end, _) =>
        {
            for (int r = begin; r < end; r++) TensorPrimitives.MultiplyAdd(bias.Values, factor, output.Values(r), output.Values(r));
        });
    }

    /// <summary>The way back to the weight and the bias, without the one to the input.</summary>
    internal void BackwardOfWeights(Pass pass)
    {
        if (weight.Trains) pass.Gemm.Multiply(output.GradientView(pass).Transposed, input.ValueView(pass), weight.GradientView, scale, add: true);
        if (bias is { Trains: true }) ColumnSums(pass, output, bias, biasScale);
    }

    /// <summary>Adds the sum of all rows of a slot's gradient to a vector's.</summary>
    internal static void ColumnSums(Pass pass, Slot from, Parameter to, float factor = 1) =>
        pass.Run(from.Width, Math.Max(16, from.Width / (2 * pass.Pool.Threads)), (begin, end, _) =>
        {
            Span<float> sums = to.Gradients[begin..end];
            for (int r = 0; r < pass.Rows; r++) TensorPrimitives.MultiplyAdd(from.Gradients(r)[begin..end], factor, sums, sums);
        });
}
