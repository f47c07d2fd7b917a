using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Training;

/// <summary>Rows of the embedding table by token, scaled, and of the position table where there is one.</summary>
internal sealed unsafe class EmbedOperation(EmbeddingSpec spec, Parameter table, Parameter? positions, Slot output) : Operation
{
    /// <summary>The token of each row.</summary>
    public IReadOnlyList<int> Tokens { get; set; } = [];

    /// <summary>Added to the rows' embeddings, [rows, width]; null for nothing.</summary>
    public float[]? Noise { get; set; }

    public override void Forward(Pass pass)
    {
        pass.RunRows((begin, end, _) =>
        {
            for (int r = begin; r < end; r++)
            {
                table.Row(Tokens[r], output.Values(r));
                if (Noise is not null) TensorPrimitives.Add(output.Values(r), Noise.AsSpan(r * output.Width, output.Width), output.Values(r));
                if (spec.Scale != 1) TensorPrimitives.Multiply(output.Values(r), spec.Scale, output.Values(r));
            }
        });
        if (positions is null) return;
        float[] place = new float[positions.Columns];
        foreach (Segment s in pass.Segments)
            for (int p = 0; p < s.Count; p++)
            {
                positions.Row(p + spec.PositionOffset, place);
                TensorPrimitives.Add(output.Values(s.Begin + p), place, output.Values(s.Begin + p));
            }
    }

    public override void Backward(Pass pass)
    {
        if (table.Trains)
        {
            // A token may stand in many rows: columns are split among threads instead of rows.
            pass.Run(table.Columns, Math.Max(16, table.Columns / pass.Pool.Threads), (begin, end, _) =>
            {
                for (int r = 0; r < pass.Rows; r++)
                {
                    Span<float> sum = Row(table, Tokens[r], table.Gradient)[begin..end];
                    TensorPrimitives.MultiplyAdd(output.Gradients(r)[begin..end], spec.Scale, sum, sum);
                }
            });
        }

        if (positions is not { Trains: true }) return;
        foreach (Segment s in pass.Segments)
            for (int p = 0; p < s.Count; p++)
            {
                Span<float> sum = Row(positions, p + spec.PositionOffset, positions.Gradient);
                TensorPrimitives.Add(sum, output.Gradients(s.Begin + p), sum);
            }
    }

    private static Span<float> Row(Parameter p, int row, float* data) => new(data + ((nint)row * p.Columns), p.Columns);
}
