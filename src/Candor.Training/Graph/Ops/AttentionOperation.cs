using System.Numerics.Tensors;
using Candor.Kernels;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// Attention inside each document. A few rows of queries at a time see all of their keys, so the scores of a document are never
/// in memory at once; on the way back they are computed anew (Dao et al., arXiv:2205.14135, in plain blocks).
/// </summary>
internal sealed unsafe class AttentionOperation(AttentionSpec spec, bool causal, Slot query, Slot key, Slot value, Parameter? sinks, Slot output) : Operation
{
    private const int BlockRows = 96;

    // Pieces of work below which those of a document and group are cut: the same on every machine, as sums are.
    private const int LeastTasks = 6;

    private readonly int shared = spec.Heads / spec.KeyValueHeads;
    private readonly float[]? slopes = Slopes(spec);

    public override void Forward(Pass pass)
    {
        int parts = Parts(pass);
        Each(pass, parts, (document, group, part, scratch) =>
        {
            Segment segment = pass.Segments[document];
            MatrixView keys = Part(key, key.Value, segment, group, spec.HeadSize), values = Part(value, value.Value, segment, group, spec.ValueSize);
            for (int h = group * shared; h < (group + 1) * shared; h++)
                for (int from = part * BlockRows; from < segment.Count; from += parts * BlockRows)
                {
                    var rows = new Segment(segment.Begin + from, Math.Min(BlockRows, segment.Count - from));
                    int first = First(from), last = Last(from + rows.Count - 1, segment.Count);
                    MatrixView scores = new(scratch.Scores, rows.Count, last - first);
                    Probabilities(Part(query, query.Value, rows, h, spec.HeadSize), Rows(keys, first, last), scores, from, first, h, scratch);
                    Gemm.MultiplyHere(scores, Rows(values, first, last), Part(output, output.Value, rows, h, spec.ValueSize), scratch.Products);
                }
        });
    }

    public override void Backward(Pass pass)
    {
        // Parts after the first collect what they add to keys and values apart; it is added in order, so that sums come out the same
        // whichever thread made them. So do sums of sinks, one for each document, head and part.
        int parts = Parts(pass);
        long keysApart = (long)pass.Rows * key.Width, apart = keysApart + ((long)pass.Rows * value.Width);
        float* memory = parts == 1 ? null : pass.Memory((parts - 1) * apart);
        double[]? sums = sinks is { Trains: true } ? new double[pass.Segments.Count * parts * spec.Heads] : null;
        Each(pass, parts, (document, group, part, scratch) => Back(
            pass.Segments[document], group, (part, parts), scratch, Keys(part), Values(part), sums is null ? default : sums.AsSpan(((document * parts) + part) * spec.Heads, spec.Heads)));
        for (int i = 0; i < (sums?.Length ?? 0); i++) sinks!.Gradients[i % spec.Heads] += (float)sums![i];
        if (parts == 1) return;
        pass.RunRows((begin, end, _) =>
        {
            for (int part = 1; part < parts; part++)
            {
                Add(Keys(part), key, begin, end);
                Add(Values(part), value, begin, end);
            }
        });

        float* Keys(int part) => part == 0 ? key.Gradient : memory + ((part - 1) * apart);

        float* Values(int part) => part == 0 ? value.Gradient : Keys(part) + keysApart;
    }

    private static void Add(float* from, Slot to, int begin, int end)
    {
        var sums = new Span<float>(to.GradientAt(begin), (end - begin) * to.Width);
        TensorPrimitives.Add(sums, new ReadOnlySpan<float>(from + ((long)begin * to.Width), sums.Length), sums);
    }

    /// <summary>Parts that rows of a document and group are dealt out to, a block each in turn: more where there are few documents and groups.</summary>
    private int Parts(Pass pass)
    {
        int groups = pass.Segments.Count * spec.KeyValueHeads, parts = 1;
        while (parts * groups < LeastTasks && parts * BlockRows < pass.Rows) parts *= 2;
        return parts;
    }

    private void Back(Segment segment, int group, (int Index, int Count) part, Scratch scratch, float* keySums, float* valueSums, Span<double> sums)
    {
        MatrixView keys = Part(key, key.Value, segment, group, spec.HeadSize), values = Part(value, value.Value, segment, group, spec.ValueSize);
        MatrixView keyGradients = Part(key, keySums, segment, group, spec.HeadSize), valueGradients = Part(value, valueSums, segment, group, spec.ValueSize);
        if (part.Index > 0)
        {
            keyGradients.Clear();
            valueGradients.Clear();
        }

        for (int h = group * shared; h < (group + 1) * shared; h++)
            for (int from = part.Index * BlockRows; from < segment.Count; from += part.Count * BlockRows)
            {
                var rows = new Segment(segment.Begin + from, Math.Min(BlockRows, segment.Count - from));
                int first = First(from), last = Last(from + rows.Count - 1, segment.Count), width = last - first;
                MatrixView scores = new(scratch.Scores, rows.Count, width), back = new(scratch.Gradients, rows.Count, width);
                MatrixView queries = Part(query, query.Value, rows, h, spec.HeadSize), outputs = Part(output, output.Gradient, rows, h, spec.ValueSize);
                Probabilities(queries, Rows(keys, first, last), scores, from, first, h, scratch);
                Gemm.MultiplyHere(scores.Transposed, outputs, Rows(valueGradients, first, last), scratch.Products, 1, add: true);
                Gemm.MultiplyHere(outputs, Rows(values, first, last).Transposed, back, scratch.Products);
                double drained = Softmax(scratch, rows.Count, width);
                if (!sums.IsEmpty) sums[h] -= drained;
                Gemm.MultiplyHere(back, Rows(keys, first, last), Part(query, query.Gradient, rows, h, spec.HeadSize), scratch.Products, spec.EffectiveScale, add: true);
                Gemm.MultiplyHere(back.Transposed, queries, Rows(keyGradients, first, last), scratch.Products, spec.EffectiveScale, add: true);
            }
    }

    /// <summary>The slope of each head (Press et al., arXiv:2108.12409); heads beyond a power of two interleave those of the next.</summary>
    private static float[]? Slopes(AttentionSpec spec)
    {
        if (spec.Alibi is not { } alibi) return null;
        int power = 1 << (31 - int.LeadingZeroCount(spec.Heads));
        return [.. Enumerable.Range(0, spec.Heads).Select(h =>
        {
            double exponent = h < power ? -alibi.MaxBias * (h + 1) / power : -alibi.MaxBias * ((2 * (h - power)) + 1) / (2.0 * power);
            return (float)Math.Pow(2, exponent) * (alibi.Scaled ? spec.EffectiveScale : 1);
        })];
    }

    private static MatrixView Part(Slot slot, float* data, Segment rows, int head, int size) =>
        new(data + ((nint)rows.Begin * slot.Width) + ((nint)head * size), rows.Count, size, slot.Width);

    private static MatrixView Rows(MatrixView m, int first, int last) => new(m.Data + (nint)(first * m.RowStride * sizeof(float)), last - first, m.Columns, m.RowStride, 1);

    /// <summary>The first key that any query from this one on sees.</summary>
    private int First(int position)
    {
        int first = spec.Window > 0 && causal ? Math.Max(0, position - spec.Window + 1) : 0;
        return spec.Chunk > 0 ? Math.Max(first, position / spec.Chunk * spec.Chunk) : first;
    }

    private int Last(int position, int count) => causal ? position + 1 : count;

    /// <summary>Probabilities of a block of queries; with a soft cap, the slopes of its curve stay in scratch for the way back.</summary>
    private void Probabilities(MatrixView queries, MatrixView keys, MatrixView scores, int from, int first, int head, Scratch scratch)
    {
        Gemm.MultiplyHere(queries, keys.Transposed, scores, scratch.Products, spec.EffectiveScale);
        for (int r = 0; r < scores.Rows; r++)
        {
            int position = from + r, begin = First(position) - first, end = Last(position, first + scores.Columns) - first;
            var row = new Span<float>((float*)scores.Data + ((nint)r * scores.Columns), scores.Columns);
            Span<float> seen = row[begin..end];
            if (spec.SoftCap is { } cap)
            {
                var curve = new Span<float>(scratch.Curve + ((nint)r * scores.Columns), scores.Columns);
                TensorPrimitives.Multiply(seen, 1 / cap, seen);
                TensorPrimitives.Tanh<float>(seen, seen);
                TensorPrimitives.Multiply(seen, seen, curve[begin..end]);
                TensorPrimitives.Subtract(1f, curve[begin..end], curve[begin..end]);
                TensorPrimitives.Multiply(seen, cap, seen);
            }

            if (slopes is not null)
                for (int j = begin; j < end; j++) row[j] += slopes[head] * (first + j);
            float max = TensorPrimitives.Max<float>(seen);
            if (sinks is not null) max = Math.Max(max, sinks.Values[head]);
            TensorPrimitives.Subtract(seen, max, seen);
            TensorPrimitives.Exp<float>(seen, seen);
            float sum = TensorPrimitives.Sum<float>(seen) + (sinks is null ? 0 : MathF.Exp(sinks.Values[head] - max));
            TensorPrimitives.Multiply(seen, 1 / sum, seen);
            row[..begin].Clear();
            row[end..].Clear();
        }
    }

    /// <summary>
    /// From gradients of probabilities to gradients of scores: p · (g − Σ p g), and the slope of the soft cap. Returns what a sink drains:
    /// the sum over rows of its own probability times Σ p g.
    /// </summary>
    private double Softmax(Scratch scratch, int rows, int width)
    {
        double drained = 0;
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> p = new(scratch.Scores + ((nint)r * width), width);
            Span<float> g = new(scratch.Gradients + ((nint)r * width), width);
            float along = TensorPrimitives.Dot(p, g);
            TensorPrimitives.Subtract(g, along, g);
            TensorPrimitives.Multiply(g, p, g);
            if (sinks is not null) drained += (1 - TensorPrimitives.Sum(p)) * (double)along;

            // Their sum is 0 but for rounding, which optimizers that divide by the gradient's size would make large: it goes back in shares of p.
            else TensorPrimitives.MultiplyAdd(p, -TensorPrimitives.Sum<float>(g), g, g);
            if (spec.SoftCap is null) continue;
            ReadOnlySpan<float> curve = new(scratch.Curve + ((nint)r * width), width);

            // Where a key is not seen the curve is left over, and the probability is 0.
            for (int j = 0; j < width; j++) g[j] = p[j] == 0 ? 0 : g[j] * curve[j];
        }

        return drained;
    }

    /// <summary>Runs over documents, key-value heads and parts: two never write the same gradients.</summary>
    private void Each(Pass pass, int parts, Action<int, int, int, Scratch> body)
    {
        int longest = pass.Segments.Max(s => s.Count);
        long products = Math.Max(
            Math.Max(Gemm.ScratchFloats(Math.Max(spec.HeadSize, spec.ValueSize), longest), Gemm.ScratchFloats(longest, Math.Max(spec.HeadSize, spec.ValueSize))),
            Gemm.ScratchFloats(BlockRows, Math.Max(spec.HeadSize, spec.ValueSize)));
        long block = (long)BlockRows * longest;
        pass.Run(pass.Segments.Count * spec.KeyValueHeads * parts, 1, (begin, end, worker) =>
        {
            float* memory = (float*)pass.Pool.Scratch(worker, (products + (3 * block)) * sizeof(float));
            var scratch = new Scratch(memory, products, block);
            for (int i = begin; i < end; i++) body(i / parts / spec.KeyValueHeads, i / parts % spec.KeyValueHeads, i % parts, scratch);
        });
    }

    /// <summary>A thread's memory: packed products, then a block of scores, of their gradients, and of the soft cap's slopes.</summary>
    private readonly struct Scratch(float* memory, long products, long block)
    {
        public float* Products => memory;

        public float* Scores => memory + products;

        public float* Gradients => memory + products + block;

        public float* Curve => memory + products + (2 * block);
    }
}
