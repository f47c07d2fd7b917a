using Candor.Kernels;

namespace Candor.Training;

/// <summary>y += scale · (x Aᵀ) Bᵀ, beside a matrix that stays as it is.</summary>
internal sealed unsafe class LowRankOperation(Slot input, LowRank adapter, Slot low, Slot output) : Operation
{
    public override void Forward(Pass pass)
    {
        pass.Gemm.Multiply(View(input.Value, pass, input), A.Transposed, View(low.Value, pass, low));
        pass.Gemm.Multiply(View(low.Value, pass, low), B.Transposed, View(output.Value, pass, output), adapter.Scale, add: true);
    }

    public override void Backward(Pass pass)
    {
        MatrixView dy = View(output.Gradient, pass, output), dh = View(low.Gradient, pass, low), x = View(input.Value, pass, input);
        pass.Gemm.Multiply(dy, B, dh, adapter.Scale);
        pass.Gemm.Multiply(dy.Transposed, View(low.Value, pass, low), new MatrixView(adapter.B.Gradient, adapter.B.Rows, adapter.B.Columns), adapter.Scale, add: true);
        pass.Gemm.Multiply(dh.Transposed, x, new MatrixView(adapter.A.Gradient, adapter.A.Rows, adapter.A.Columns), 1, add: true);
        pass.Gemm.Multiply(dh, A, View(input.Gradient, pass, input), 1, add: true);
    }

    private MatrixView A => new(adapter.A.Value, adapter.A.Rows, adapter.A.Columns);

    private MatrixView B => new(adapter.B.Value, adapter.B.Rows, adapter.B.Columns);

    private static MatrixView View(float* data, Pass pass, Slot slot) => new(data, pass.Rows, slot.Width);
}
