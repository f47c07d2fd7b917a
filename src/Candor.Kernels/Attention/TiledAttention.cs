using System.Numerics.Tensors;
using Candor.Kernels.Attention;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// The sums of <see cref="FlashAttention"/> for many queries at once: a tile of queries of several heads that share their keys meets a
/// block of keys, and then of values, in two matrix products.
/// </summary>
public static unsafe class TiledAttention
{
    /// <summary>Query rows of a tile, at most.</summary>
    public const int TileRows = 64;

    // Keys of a block, and heads of a tile: with them scores stay in the second-level cache.
    private const int Block = 256, MostHeads = 4;

    /// <summary>Heads of a key-value group that are done together.</summary>
    public static int HeadsTogether(AttentionShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return Math.Min(MostHeads, shape.Heads / shape.KeyValueHeads);
    }

    /// <summary>Floats of scratch that <see cref="Run"/> needs.</summary>
    public static int ScratchFloats(AttentionShape shape)
    {
        int rows = TileRows * HeadsTogether(shape), sizes = shape.HeadSize + CachePanels.Padded(shape.ValueSize);
        long products = Math.Max(Gemm.ScratchFloats(shape.HeadSize, Block), Gemm.ScratchFloats(Block, shape.ValueSize));
        return checked((int)(((long)rows * (sizes + Block + 2)) + ((long)Block * sizes) + products));
    }

    /// <summary>Computes some heads of one key-value group for consecutive queries of one sequence.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="query">First query row, [rows, heads · headSize] with a stride.</param>
    /// <param name="queryStride">Floats between query rows.</param>
    /// <param name="cache">Keys and values of the sequence.</param>
    /// <param name="position">Position of the first query.</param>
    /// <param name="rows">Queries, at most <see cref="TileRows"/>.</param>
    /// <param name="length">Positions in the cache (needed where the layer is not causal).</param>
    /// <param name="head">First head.</param>
    /// <param name="heads">Heads, all of one key-value group, at most <see cref="HeadsTogether"/>.</param>
    /// <param name="output">First output row, [rows, heads · valueSize] with a stride.</param>
    /// <param name="outputStride">Floats between output rows.</param>
    /// <param name="scratch">Memory of <see cref="ScratchFloats"/> floats.</param>
    public static void Run(
        AttentionShape shape, float* query, nint queryStride, KeyValueRows cache, int position, int rows, int length,
        int head, int heads, float* output, nint outputStride, float* scratch)
    {
        int keySize = shape.HeadSize, valueSize = shape.ValueSize, all = rows * heads, group = head / (shape.Heads / shape.KeyValueHeads);
        float* queries = scratch, outputs = queries + ((nint)all * keySize), scores = outputs + ((nint)all * valueSize);
        float* maxima = scores + ((nint)all * Block), sums = maxima + all, keyBlock = sums + all, valueBlock = keyBlock + (Block * keySize), products = valueBlock + (Block * CachePanels.Padded(valueSize));
        for (int i = 0; i < all; i++)
        {
            // Rows of a head lie together, and are multiplied by the scale on their way.
            float* q = query + (i % rows * queryStride) + ((head + (i / rows)) * keySize);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(q, keySize), shape.Scale, new Span<float>(queries + ((nint)i * keySize), keySize));
            maxima[i] = shape.Sinks is null ? float.NegativeInfinity : shape.Sinks[head + (i / rows)];
            sums[i] = shape.Sinks is null ? 0 : 1;
        }

        new Span<float>(outputs, all * valueSize).Clear();
        int end = shape.Causal ? position + rows : length;
        for (int begin = shape.FirstKey(position) / CachePanels.Positions * CachePanels.Positions; begin < end; begin += Block)
        {
            int count = Math.Min(Block, end - begin);
            Load(shape, cache, begin, count, group, keyBlock, valueBlock);
            MatrixView block = new(scores, all, count);
            Gemm.MultiplyHere(new MatrixView(queries, all, keySize), new MatrixView(keyBlock, keySize, count, Block), block, products);
            for (int i = 0; i < all; i++)
            {
                int p = position + (i % rows), from = Math.Max(shape.FirstKey(p) - begin, 0), to = shape.Causal ? Math.Min(p + 1 - begin, count) : count;
                var row = new Span<float>(scores + ((nint)i * count), count);
                if (from >= to)
                {
                    row.Clear();
                    continue;
                }

                row[..from].Clear();
                row[to..].Clear();
                Span<float> seen = row[from..to];
                FlashAttention.Bend(shape, seen, begin + from, head + (i / rows), isScaled: true);
                float shrink = Soften(seen, ref maxima[i], ref sums[i]);
                if (shrink != 1) VectorMath.Scale(shrink, outputs + ((nint)i * valueSize), valueSize);
            }

            Gemm.MultiplyHere(block, new MatrixView(valueBlock, count, valueSize, CachePanels.Padded(valueSize)), new MatrixView(outputs, all, valueSize), products, 1, add: true);
        }

        for (int i = 0; i < all; i++)
        {
            var to = new Span<float>(output + (i % rows * outputStride) + ((head + (i / rows)) * valueSize), valueSize);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(outputs + ((nint)i * valueSize), valueSize), 1 / sums[i], to);
        }
    }

    /// <summary>Scores become numbers in proportion to probabilities; returns what those of earlier blocks are to be multiplied by.</summary>
    private static float Soften(Span<float> scores, ref float max, ref float sum)
    {
        fixed (float* s = scores)
        {
            float next = MathF.Max(max, Exponential.Max(s, scores.Length)), shrink = next > max ? MathF.Exp(max - next) : 1;
            (sum, max) = ((sum * shrink) + Exponential.SumOf(s, scores.Length, next), next);
            return shrink;
        }
    }

    private static void Load(AttentionShape shape, KeyValueRows cache, int begin, int count, int group, float* keys, float* values)
    {
        switch (cache.Type)
        {
            case ElementType.F32: Load<SingleCache>(shape, cache, begin, count, group, keys, values); break;
            case ElementType.F16: Load<HalfCache>(shape, cache, begin, count, group, keys, values); break;
            case ElementType.Q8_0: Load<ByteCache>(shape, cache, begin, count, group, keys, values); break;
            default: Load<NibbleCache>(shape, cache, begin, count, group, keys, values); break;
        }
    }

    /// <summary>Keys, [headSize, positions], and values, [positions, valueSize], of one head and whole panels.</summary>
    private static void Load<T>(AttentionShape shape, KeyValueRows cache, int begin, int count, int group, float* keys, float* values)
        where T : struct, ICacheFormat
    {
        nint stride = CachePanels.Padded(shape.ValueSize);
        for (int p = 0; p < count; p += CachePanels.Positions, values += CachePanels.Positions * stride)
        {
            PanelProducts<T>.Keys(cache.KeyPanel(shape, begin + p, group), shape.HeadSize, keys + p, Block);
            PanelProducts<T>.Values(cache.ValuePanel(shape, begin + p, group), shape.ValueSize, values, stride);
        }
    }
}
