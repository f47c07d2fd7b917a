using System.Numerics.Tensors;
using Candor.Kernels.Attention;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Exact attention of a few queries, a part of the positions at a time, each with a softmax of its own; the parts are then put together
/// (Dao et al., arXiv:2205.14135; Milakov and Gimelshein, arXiv:1805.02867), so that threads share one long sequence. What a query
/// gets depends neither on the queries beside it nor on how the work is divided.
/// </summary>
public static unsafe class FlashAttention
{
    /// <summary>Positions of a part; parts begin at multiples of it.</summary>
    public const int PartPositions = 256;

    // A panel more than a part has: products go by pairs of panels.
    private const int Row = PartPositions + CachePanels.Positions, Queries = 4;

    /// <summary>Floats of scratch that <see cref="Run"/> needs.</summary>
    public static int ScratchFloats => 2 * Queries * Row;

    /// <summary>Floats of the result of one query and part: the largest score, the sum of probabilities in proportion to it, and the weighed values.</summary>
    public static int PartialFloats(AttentionShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return CachePanels.Padded(shape.ValueSize) + 2;
    }

    /// <summary>The parts that consecutive queries of a sequence see.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="position">Position of the first query.</param>
    /// <param name="rows">Queries.</param>
    /// <param name="length">Positions in the cache (needed where the layer is not causal).</param>
    public static (int First, int Count) Parts(AttentionShape shape, int position, int rows, int length)
    {
        ArgumentNullException.ThrowIfNull(shape);
        int first = shape.FirstKey(position) / PartPositions, end = shape.Causal ? position + rows : length;
        return (first, ((end + PartPositions - 1) / PartPositions) - first);
    }

    /// <summary>Computes one part for some heads of a key-value group and consecutive queries of one sequence.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="query">First query row, [rows, heads · headSize] with a stride.</param>
    /// <param name="queryStride">Floats between query rows.</param>
    /// <param name="cache">Keys and values of the sequence.</param>
    /// <param name="position">Position of the first query.</param>
    /// <param name="rows">Queries.</param>
    /// <param name="length">Positions in the cache (needed where the layer is not causal).</param>
    /// <param name="part">The part.</param>
    /// <param name="head">First head.</param>
    /// <param name="heads">Heads, all of one key-value group.</param>
    /// <param name="partials">Results of this part, [rows, all heads, <see cref="PartialFloats"/>].</param>
    /// <param name="scratch">Memory of <see cref="ScratchFloats"/> floats.</param>
    public static void Run(
        AttentionShape shape, float* query, nint queryStride, KeyValueRows cache, int position, int rows, int length,
        int part, int head, int heads, float* partials, float* scratch)
    {
        switch (cache.Type)
        {
            case ElementType.F32: Run<SingleCache>(shape, query, queryStride, cache, position, rows, length, part, head, heads, partials, scratch); break;
            case ElementType.F16: Run<HalfCache>(shape, query, queryStride, cache, position, rows, length, part, head, heads, partials, scratch); break;
            case ElementType.Q8_0: Run<ByteCache>(shape, query, queryStride, cache, position, rows, length, part, head, heads, partials, scratch); break;
            default: Run<NibbleCache>(shape, query, queryStride, cache, position, rows, length, part, head, heads, partials, scratch); break;
        }
    }

    /// <summary>Puts the parts of one query and head together.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="partials">The first part's result.</param>
    /// <param name="stride">Floats from a part's result to the next part's.</param>
    /// <param name="parts">Parts.</param>
    /// <param name="head">The head.</param>
    /// <param name="output">Receives [valueSize].</param>
    public static void Merge(AttentionShape shape, float* partials, nint stride, int parts, int head, float* output)
    {
        var result = new Span<float>(output, shape.ValueSize);
        float max = shape.Sinks is null ? float.NegativeInfinity : shape.Sinks[head], sum = shape.Sinks is null ? 0 : 1;
        if (parts == 1 && shape.Sinks is null)
        {
            TensorPrimitives.Divide(new ReadOnlySpan<float>(partials + 2, shape.ValueSize), partials[1], result);
            return;
        }

        result.Clear();
        for (int p = 0; p < parts; p++, partials += stride)
        {
            // A part that the query sees nothing of.
            if (partials[1] == 0) continue;
            float next = MathF.Max(max, partials[0]), shrink = MathF.Exp(max - next), factor = MathF.Exp(partials[0] - next);
            sum = (sum * shrink) + (partials[1] * factor);
            if (shrink != 1) VectorMath.Scale(shrink, output, shape.ValueSize);
            VectorMath.Axpy(factor, partials + 2, output, shape.ValueSize);
            max = next;
        }

        TensorPrimitives.Divide(result, sum, result);
    }

    private static void Run<T>(
        AttentionShape shape, float* query, nint queryStride, KeyValueRows cache, int position, int rows, int length,
        int part, int head, int heads, float* partials, float* scratch)
        where T : struct, ICacheFormat
    {
        int group = head / (shape.Heads / shape.KeyValueHeads), begin = part * PartPositions;
        nint keyBytes = CachePanels.Bytes(T.Type, shape.HeadSize), valueBytes = CachePanels.Bytes(T.Type, shape.ValueSize);
        nint panel = (nint)begin / CachePanels.Positions * shape.KeyValueHeads;
        byte* keys = (byte*)cache.Keys + ((panel + group) * keyBytes), values = (byte*)cache.Values + ((panel + group) * valueBytes);
        keyBytes *= shape.KeyValueHeads;
        valueBytes *= shape.KeyValueHeads;
        int all = rows * heads, partialFloats = PartialFloats(shape);
        float** queries = stackalloc float*[Queries], scores = stackalloc float*[Queries], weights = stackalloc float*[Queries], sums = stackalloc float*[Queries];
        Span<int> from = stackalloc int[Queries], to = stackalloc int[Queries];
        for (int first = 0; first < all; first += Queries)
        {
            int count = Math.Min(Queries, all - first), least = PartPositions, most = 0;
            for (int i = 0; i < Queries; i++)
            {
                int index = first + Math.Min(i, count - 1), row = index / heads, h = head + (index % heads), p = position + row;
                queries[i] = query + (row * queryStride) + ((nint)h * shape.HeadSize);
                scores[i] = scratch + (Math.Min(i, count - 1) * Row);
                weights[i] = T.HasScales ? scores[i] + (Queries * Row) : scores[i];
                sums[i] = partials + ((((nint)row * shape.Heads) + h) * partialFloats);
                from[i] = Math.Max(0, shape.FirstKey(p) - begin);
                to[i] = Math.Min(PartPositions, (shape.Causal ? p + 1 : length) - begin);
                if (from[i] >= to[i]) continue;
                (least, most) = (Math.Min(least, from[i]), Math.Max(most, to[i]));
            }

            int start = least / CachePanels.Positions, end = (most + CachePanels.Positions - 1) / CachePanels.Positions;
            // A score's place is its position in the part, so that sums over them are always divided in the same way.
            for (int i = 0; i < Queries; i++) scores[i] += start * CachePanels.Positions;
            for (int p = start; p < end; p += 2)
            {
                byte* one = keys + (p * keyBytes);
                PanelProducts<T>.Scores(one, p + 1 < end ? one + keyBytes : one, shape.HeadSize, queries, scores);
                for (int i = 0; i < Queries; i++) scores[i] += 2 * CachePanels.Positions;
            }

            int whole = start * CachePanels.Positions, width = (end - start) * CachePanels.Positions;
            for (int i = 0; i < Queries; i++)
            {
                if (i >= count)
                {
                    scores[i] = scores[count - 1];
                    continue;
                }

                scores[i] = scratch + (i * Row);
                int h = head + ((first + i) % heads);
                sums[i][0] = float.NegativeInfinity;
                sums[i][1] = 0;
                if (from[i] >= to[i])
                {
                    new Span<float>(scores[i] + whole, Math.Max(0, width)).Clear();
                    continue;
                }

                var seen = new Span<float>(scores[i] + from[i], to[i] - from[i]);
                Bend(shape, seen, begin + from[i], h);
                float max = Exponential.Max(scores[i] + from[i], seen.Length);
                (sums[i][0], sums[i][1]) = (max, Exponential.SumOf(scores[i] + from[i], seen.Length, max));
                new Span<float>(scores[i] + whole, from[i] - whole).Clear();
                new Span<float>(scores[i] + to[i], whole + width - to[i]).Clear();
            }

            for (int i = 0; i < Queries; i++) sums[i] += 2;
            for (int e = 0; e < shape.ValueSize; e += CachePanels.Block)
            {
                if (T.HasScales)
                    for (int i = 0; i < count; i++) PanelProducts<T>.Scale(values + (start * valueBytes), valueBytes, width, e, scores[i] + whole, weights[i] + whole);
                PanelProducts<T>.Weigh(values, valueBytes, least, most, shape.ValueSize, e, weights, sums);
                for (int i = 0; i < Queries; i++) sums[i] += CachePanels.Block;
            }
        }
    }

    /// <summary>What follows the product of queries and keys, before the softmax: scale, soft cap and slopes.</summary>
    internal static void Bend(AttentionShape shape, Span<float> scores, int firstKey, int head, bool isScaled = false)
    {
        if (!isScaled) TensorPrimitives.Multiply(scores, shape.Scale, scores);
        if (shape.SoftCap > 0)
        {
            TensorPrimitives.Divide(scores, shape.SoftCap, scores);
            TensorPrimitives.Tanh<float>(scores, scores);
            TensorPrimitives.Multiply(scores, shape.SoftCap, scores);
        }

        if (shape.Slopes is null) return;
        for (int j = 0; j < scores.Length; j++) scores[j] += shape.Slopes[head] * (firstKey + j);
    }
}
