using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>Looks up token embeddings, scales them, and adds learned positions and token types.</summary>
internal sealed unsafe class EmbedStep(WeightMatrix tokens, WeightMatrix? positions, WeightMatrix? types, EmbeddingSpec spec, int output) : Step
{
    public override void Run(Workspace w)
    {
        for (int r = 0; r < w.Rows; r++)
        {
            float* row = w.Row(output, r);
            var span = new Span<float>(row, tokens.Columns);
            tokens.ReadRow(w.Batch.TokenList[r], row);
            if (spec.Scale != 1) TensorPrimitives.Multiply(span, spec.Scale, span);
            if (positions is not null) Add(w, positions, w.Batch.PositionList[r] + spec.PositionOffset, span);
            if (types is not null) Add(w, types, w.Batch.TypeList[r], span);
        }

        w.Buffer(output).MarkChanged();
    }

    private static void Add(Workspace w, WeightMatrix matrix, int row, Span<float> sum)
    {
        float* scratch = w.Scratch(0, matrix.Columns);
        matrix.ReadRow(row, scratch);
        TensorPrimitives.Add(sum, new ReadOnlySpan<float>(scratch, sum.Length), sum);
    }
}
