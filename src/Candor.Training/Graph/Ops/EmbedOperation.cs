using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Training;

/// <summary>Rows of the embedding table by token, scaled, and of the tables of positions and of token types where there are any.</summary>
internal sealed unsafe class EmbedOperation(EmbeddingSpec spec, Parameter table, Parameter? positions, Parameter? types, Slot output) : Operation
{
    /// <summary>The token of each row.</summary>
    public IReadOnlyList<int> Tokens { get; set; } = [];

    /// <summary>The token type of each row; empty for 0 throughout.</summary>
    public IReadOnlyList<int> Types { get; set; } = [];

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
        if (positions is not null) Add(pass, positions, Position);
        if (types is not null) Add(pass, types, Type);
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

        if (positions is { Trains: true }) AddBack(pass, positions, Position);
        if (types is { Trains: true }) AddBack(pass, types, Type);
    }

    private int Position(Segment segment, int row) => row - segment.Begin + spec.PositionOffset;

    private int Type(Segment segment, int row) => Types.Count == 0 ? 0 : Types[row];

    private void Add(Pass pass, Parameter rows, Func<Segment, int, int> which)
    {
        float[] one = new float[rows.Columns];
        foreach (Segment s in pass.Segments)
            for (int r = s.Begin; r < s.Begin + s.Count; r++)
            {
                rows.Row(which(s, r), one);
                TensorPrimitives.Add(output.Values(r), one, output.Values(r));
            }
    }

    private void AddBack(Pass pass, Parameter rows, Func<Segment, int, int> which)
    {
        foreach (Segment s in pass.Segments)
            for (int r = s.Begin; r < s.Begin + s.Count; r++)
            {
                Span<float> sum = Row(rows, which(s, r), rows.Gradient);
                TensorPrimitives.Add(sum, output.Gradients(r), sum);
            }
    }

    private static Span<float> Row(Parameter p, int row, float* data) => new(data + ((nint)row * p.Columns), p.Columns);
}
