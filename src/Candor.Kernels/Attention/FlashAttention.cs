using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Exact attention, key block by key block with a running softmax, so that no score matrix is stored (Dao et al.,
/// arXiv:2205.14135; Milakov and Gimelshein, arXiv:1805.02867).
/// </summary>
public static unsafe class FlashAttention
{
    private const int Block = 64;

    /// <summary>Floats of scratch that <see cref="Run"/> needs for so many query rows.</summary>
    public static int ScratchFloats(AttentionShape shape, int rows) =>
        Block * (Padded(shape.HeadSize) + Padded(shape.ValueSize)) + Block + 2 * rows * shape.Heads + 16;

    /// <summary>Computes some heads of one key-value group for consecutive queries of one sequence.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="query">First query row, [rows, heads · headSize] with a stride.</param>
    /// <param name="queryStride">Floats between query rows.</param>
    /// <param name="cache">Keys and values of the sequence.</param>
    /// <param name="position">Position of the first query.</param>
    /// <param name="rows">Queries.</param>
    /// <param name="length">Positions in the cache (needed where the layer is not causal).</param>
    /// <param name="head">First head.</param>
    /// <param name="heads">Heads, all of one key-value group.</param>
    /// <param name="output">First output row, [rows, heads · valueSize] with a stride.</param>
    /// <param name="outputStride">Floats between output rows.</param>
    /// <param name="scratch">Memory of <see cref="ScratchFloats"/> floats.</param>
    public static void Run(
        AttentionShape shape, float* query, nint queryStride, KeyValueRows cache, int position, int rows, int length,
        int head, int heads, float* output, nint outputStride, float* scratch)
    {
        int keySize = shape.HeadSize, valueSize = shape.ValueSize, group = head / (shape.Heads / shape.KeyValueHeads);
        float* keyBlock = scratch, valueBlock = keyBlock + Block * Padded(keySize), scores = valueBlock + Block * Padded(valueSize);
        float* maxima = scores + Block, sums = maxima + rows * heads;
        for (int r = 0; r < rows; r++)
        {
            for (int h = 0; h < heads; h++)
            {
                bool sink = shape.Sinks is not null;
                maxima[r * heads + h] = sink ? shape.Sinks[head + h] : float.NegativeInfinity;
                sums[r * heads + h] = sink ? 1 : 0;
                new Span<float>(output + r * outputStride + (head + h) * valueSize, valueSize).Clear();
            }
        }

        int firstKey = shape.FirstKey(position), endKey = shape.Causal ? position + rows : length;
        for (int begin = firstKey; begin < endKey; begin += Block)
        {
            int count = Math.Min(Block, endKey - begin);
            float* k = Load(cache.Keys, cache.Type, begin, count, shape.KeyValueHeads, group, keySize, keyBlock, out nint ks);
            float* v = Load(cache.Values, cache.Type, begin, count, shape.KeyValueHeads, group, valueSize, valueBlock, out nint vs);
            for (int r = 0; r < rows; r++)
            {
                int p = position + r;
                int from = Math.Max(shape.FirstKey(p), begin), to = shape.Causal ? Math.Min(p + 1, begin + count) : begin + count;
                if (from >= to) continue;
                for (int h = 0; h < heads; h++)
                {
                    float* q = query + r * queryStride + (head + h) * keySize;
                    float* o = output + r * outputStride + (head + h) * valueSize;
                    Score(shape, q, k + (from - begin) * ks, ks, from, to - from, head + h, scores);
                    Accumulate(scores, to - from, v + (from - begin) * vs, vs, o, valueSize, ref maxima[r * heads + h], ref sums[r * heads + h]);
                }
            }
        }

        for (int r = 0; r < rows; r++)
            for (int h = 0; h < heads; h++)
                VectorMath.Scale(1 / sums[r * heads + h], output + r * outputStride + (head + h) * valueSize, valueSize);
    }

    /// <summary>Scores of one query and consecutive keys, before the softmax.</summary>
    internal static void Score(AttentionShape shape, float* q, float* keys, nint stride, int firstKey, int count, int head, float* scores)
    {
        for (int j = 0; j < count; j++) scores[j] = VectorMath.Dot(q, keys + j * stride, shape.HeadSize) * shape.Scale;
        if (shape.SoftCap > 0)
            for (int j = 0; j < count; j++) scores[j] = shape.SoftCap * MathF.Tanh(scores[j] / shape.SoftCap);
        if (shape.Slopes is not null)
            for (int j = 0; j < count; j++) scores[j] += shape.Slopes[head] * (firstKey + j);
    }

    /// <summary>Rows of one head as float32: in place where they are, else converted into a block.</summary>
    internal static float* Load(nint rows, ElementType type, int first, int count, int heads, int head, int size, float* block, out nint stride)
    {
        nint bytes = CacheRows.HeadBytes(type, size), rowBytes = heads * bytes;
        byte* source = (byte*)rows + (first * rowBytes) + (head * bytes);
        stride = type == ElementType.F32 ? (nint)heads * size : CacheRows.HeadElements(type, size);
        if (type == ElementType.F32) return (float*)source;
        for (int j = 0; j < count; j++) CacheRows.Load(type, source + (j * rowBytes), block + (j * stride), size);
        return block;
    }

    /// <summary>Floats of a head in a block that <see cref="Load"/> fills, at most.</summary>
    internal static int Padded(int size) => CacheRows.HeadElements(ElementType.Q8_0, size);

    private static void Accumulate(float* scores, int count, float* values, nint stride, float* output, int size, ref float max, ref float sum)
    {
        var s = new Span<float>(scores, count);
        float blockMax = TensorPrimitives.Max<float>(s), next = MathF.Max(max, blockMax);
        if (next > max)
        {
            float shrink = MathF.Exp(max - next);
            sum *= shrink;
            VectorMath.Scale(shrink, output, size);
            max = next;
        }

        TensorPrimitives.Subtract(s, next, s);
        TensorPrimitives.Exp<float>(s, s);
        sum += TensorPrimitives.Sum<float>(s);
        int c = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; c + 32 <= size; c += 32)
            {
                Vector256<float> a = Vector256.Load(output + c), b = Vector256.Load(output + c + 8);
                Vector256<float> d = Vector256.Load(output + c + 16), e = Vector256.Load(output + c + 24);
                float* v = values + c;
                for (int j = 0; j < count; j++, v += stride)
                {
                    Vector256<float> p = Vector256.Create(scores[j]);
                    a = VectorMath.MultiplyAdd(p, Vector256.Load(v), a);
                    b = VectorMath.MultiplyAdd(p, Vector256.Load(v + 8), b);
                    d = VectorMath.MultiplyAdd(p, Vector256.Load(v + 16), d);
                    e = VectorMath.MultiplyAdd(p, Vector256.Load(v + 24), e);
                }

                a.Store(output + c);
                b.Store(output + c + 8);
                d.Store(output + c + 16);
                e.Store(output + c + 24);
            }
        }

        if (c < size)
            for (int j = 0; j < count; j++) VectorMath.Axpy(scores[j], values + j * stride + c, output + c, size - c);
    }
}
