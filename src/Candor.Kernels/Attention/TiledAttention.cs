using System.Numerics.Tensors;
using Candor.Kernels.Attention;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// The sums of <see cref="FlashAttention"/> for many queries at once: a tile of queries of several heads that share their keys meets a
/// block of keys, and then of values, in matrix products. Keys and values become floats in the panels that the products read.
/// </summary>
public static unsafe class TiledAttention
{
    // Rows of a tile, one for each query and head, keys of a block, and heads of a tile: with them scores stay in the second-level cache.
    private const int MostRows = 256, Block = 256, MostHeads = 8;

    // Rows that are multiplied together, as far as the last of them sees.
    private const int Strip = 48;

    /// <summary>Heads of a key-value group that are done together.</summary>
    public static int HeadsTogether(AttentionShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return Math.Min(MostHeads, shape.Heads / shape.KeyValueHeads);
    }

    /// <summary>Queries of a tile, at most.</summary>
    public static int QueriesTogether(AttentionShape shape) => MostRows / HeadsTogether(shape);

    /// <summary>Floats of scratch that <see cref="Run"/> needs.</summary>
    public static int ScratchFloats(AttentionShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        int sizes = shape.HeadSize + CachePanels.Padded(shape.ValueSize);
        return checked((int)((MostRows * ((long)sizes + Block + 2)) + ((long)Block * sizes) + Gemm.LeftFloats(Math.Max(shape.HeadSize, Block))));
    }

    /// <summary>Computes some heads of one key-value group for consecutive queries of one sequence.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="query">First query row, [rows, heads · headSize] with a stride.</param>
    /// <param name="queryStride">Floats between query rows.</param>
    /// <param name="cache">Keys and values of the sequence.</param>
    /// <param name="position">Position of the first query.</param>
    /// <param name="rows">Queries, at most <see cref="QueriesTogether"/>.</param>
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
        int keySize = shape.HeadSize, valueSize = shape.ValueSize, all = rows * heads, group = head / (shape.Heads / shape.KeyValueHeads), width = Gemm.PanelColumns;
        float* queries = scratch, outputs = queries + ((nint)all * keySize), scores = outputs + ((nint)all * valueSize);
        float* maxima = scores + ((nint)all * Block), sums = maxima + all, keyBlock = sums + all, valueBlock = keyBlock + (Block * keySize), products = valueBlock + (Block * CachePanels.Padded(valueSize));
        for (int i = 0; i < all; i++)
        {
            // Heads of a query lie together, and are multiplied by the scale on their way.
            float* q = query + (i / heads * queryStride) + ((head + (i % heads)) * keySize);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(q, keySize), shape.Scale, new Span<float>(queries + ((nint)i * keySize), keySize));
            maxima[i] = shape.Sinks is null ? float.NegativeInfinity : shape.Sinks[head + (i % heads)];
            sums[i] = shape.Sinks is null ? 0 : 1;
        }

        new Span<float>(outputs, all * valueSize).Clear();
        int end = shape.Causal ? position + rows : length;
        for (int begin = shape.FirstKey(position) / CachePanels.Positions * CachePanels.Positions; begin < end; begin += Block)
        {
            int count = Math.Min(Block, end - begin);
            Load(shape, cache, begin, count, group, width, keyBlock, valueBlock);
            for (int i = 0; i < all; i += Strip)
            {
                int strip = Math.Min(Strip, all - i), least = position + (i / heads), most = position + ((i + strip - 1) / heads);
                int first = Math.Max(shape.FirstKey(least) - begin, 0) / width * width, last = shape.Causal ? Math.Min(most + 1 - begin, count) : count;
                if (first >= last) continue;
                float* from = scores + ((nint)i * Block) + first;

                // Whole panels: what is beyond the last key is not used.
                var block = new MatrixView(from, strip, Math.Min((last - first + width - 1) / width * width, Block - first), Block);
                Gemm.MultiplyPanels(new MatrixView(queries + ((nint)i * keySize), strip, keySize), keyBlock + ((nint)first * keySize), (nint)keySize * width, block, products);
                for (int r = i; r < i + strip; r++)
                {
                    int p = position + (r / heads), low = Math.Max(shape.FirstKey(p) - begin, 0), high = shape.Causal ? Math.Min(p + 1 - begin, count) : count;
                    float* row = scores + ((nint)r * Block);
                    if (low >= high)
                    {
                        new Span<float>(row + first, last - first).Clear();
                        continue;
                    }

                    new Span<float>(row + first, low - first).Clear();
                    new Span<float>(row + high, last - high).Clear();
                    var seen = new Span<float>(row + low, high - low);
                    FlashAttention.Bend(shape, seen, begin + low, head + (r % heads), isScaled: true);
                    float shrink = Soften(seen, ref maxima[r], ref sums[r]);
                    if (shrink != 1) VectorMath.Scale(shrink, outputs + ((nint)r * valueSize), valueSize);
                }

                Gemm.MultiplyPanels(
                    new MatrixView(from, strip, last - first, Block), valueBlock + ((nint)first * width), (nint)Block * width,
                    new MatrixView(outputs + ((nint)i * valueSize), strip, valueSize), products, add: true);
            }
        }

        for (int i = 0; i < all; i++)
        {
            var to = new Span<float>(output + (i / heads * outputStride) + ((head + (i % heads)) * valueSize), valueSize);
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

    private static void Load(AttentionShape shape, KeyValueRows cache, int begin, int count, int group, int width, float* keys, float* values)
    {
        switch (cache.Type)
        {
            case ElementType.F32: Load<SingleCache>(shape, cache, begin, count, group, width, keys, values); break;
            case ElementType.F16: Load<HalfCache>(shape, cache, begin, count, group, width, keys, values); break;
            case ElementType.Q8_0: Load<ByteCache>(shape, cache, begin, count, group, width, keys, values); break;
            default: Load<NibbleCache>(shape, cache, begin, count, group, width, keys, values); break;
        }
    }

    /// <summary>Keys, [positions / width, headSize, width], and values, [valueSize / width, positions, width], of one head and whole panels.</summary>
    private static void Load<T>(AttentionShape shape, KeyValueRows cache, int begin, int count, int group, int width, float* keys, float* values)
        where T : struct, ICacheFormat
    {
        for (int p = 0; p < count; p += CachePanels.Positions)
        {
            PanelProducts<T>.Keys(cache.KeyPanel(shape, begin + p, group), shape.HeadSize, keys + ((nint)p / width * width * shape.HeadSize) + (p % width), width);
            PanelProducts<T>.Values(cache.ValuePanel(shape, begin + p, group), shape.ValueSize, values + ((nint)p * width), width, (nint)Block * width);
        }
    }
}
