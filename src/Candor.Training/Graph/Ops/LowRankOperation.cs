using Candor.Kernels;

namespace Candor.Training;

/// <summary>y += scale · (x Aᵀ) Bᵀ, beside a matrix that stays as it is.</summary>
internal sealed unsafe class LowRankOperation(AdapterSet set, Slot input, LowRankSite site, Slot low, Slot output) : Operation
{
    private readonly LowRank adapter = site.Adapter;

    public override void Forward(Pass pass)
    {
        if (!set.Enabled) return;
        pass.Gemm.Multiply(View(input.Value, pass, input), adapter.A.View.Transposed, View(low.Value, pass, low));
        pass.Gemm.Multiply(View(low.Value, pass, low), site.B().Transposed, View(output.Value, pass, output), adapter.Scale, add: true);
    }

    public override void Backward(Pass pass)
    {
        if (!set.Enabled) return;
        MatrixView dy = View(output.Gradient, pass, output), dh = View(low.Gradient, pass, low), x = View(input.Value, pass, input);
        pass.Gemm.Multiply(dy, site.B(), dh, adapter.Scale);
        site.AddToB(pass.Gemm, dy, View(low.Value, pass, low));
        pass.Gemm.Multiply(dh.Transposed, x, adapter.A.GradientView, 1, add: true);
        pass.Gemm.Multiply(dh, adapter.A.View, View(input.Gradient, pass, input), 1, add: true);
    }

    private static MatrixView View(float* data, Pass pass, Slot slot) => new(data, pass.Rows, slot.Width);
}
