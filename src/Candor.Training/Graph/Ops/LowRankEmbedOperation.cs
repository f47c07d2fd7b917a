using Candor.Kernels;

namespace Candor.Training;

/// <summary>y += scale · B (column of A by token): a low-rank adapter of the table of embeddings.</summary>
internal sealed unsafe class LowRankEmbedOperation(AdapterSet set, EmbedOperation embed, LowRankSite site, float scale, Slot low, Slot output) : Operation
{
    private readonly LowRank adapter = site.Adapter;

    public override void Forward(Pass pass)
    {
        if (!set.Enabled) return;
        int tokens = adapter.A.Columns;
        for (int r = 0; r < pass.Rows; r++)
            for (int i = 0; i < adapter.Rank; i++) low.Values(r)[i] = adapter.A.Values[(i * tokens) + embed.Tokens[r]];
        pass.Gemm.Multiply(low.ValueView(pass), adapter.B.View.Transposed, output.ValueView(pass), adapter.Scale * scale, add: true);
    }

    public override void Backward(Pass pass)
    {
        if (!set.Enabled) return;
        MatrixView dy = output.GradientView(pass), dh = low.GradientView(pass);
        pass.Gemm.Multiply(dy, adapter.B.View, dh, adapter.Scale * scale);
        pass.Gemm.Multiply(dy.Transposed, low.ValueView(pass), adapter.B.GradientView, adapter.Scale * scale, add: true);
        int tokens = adapter.A.Columns;
        for (int r = 0; r < pass.Rows; r++)
            for (int i = 0; i < adapter.Rank; i++) adapter.A.Gradients[(i * tokens) + embed.Tokens[r]] += low.Gradients(r)[i];
    }
}
