namespace Candor.Kernels;

/// <summary>Attention with its probabilities laid open, for whoever looks at them or changes them. Slower than <see cref="FlashAttention"/>.</summary>
public static unsafe class ExplicitAttention
{
    /// <summary>Probabilities of one query and head over the keys 0 to <paramref name="length"/> - 1; unseen keys get 0.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="query">The head's query, [headSize].</param>
    /// <param name="cache">Keys and values of the sequence.</param>
    /// <param name="position">Position of the query.</param>
    /// <param name="length">Positions in the cache.</param>
    /// <param name="head">The head.</param>
    /// <param name="probabilities">Receives [length]. With sinks they sum to less than 1.</param>
    /// <param name="block">Scratch, [headSize].</param>
    public static void Probabilities(
        AttentionShape shape, float* query, KeyValueRows cache, int position, int length, int head, float* probabilities, float* block)
    {
        int group = head / (shape.Heads / shape.KeyValueHeads);
        int from = shape.FirstKey(position), to = shape.Causal ? position + 1 : length;
        new Span<float>(probabilities, length).Clear();
        for (int j = from; j < to; j++)
        {
            CachePanels.LoadKey(cache.Type, cache.KeyPanel(shape, j, group), j % CachePanels.Positions, block, shape.HeadSize);
            probabilities[j] = VectorMath.Dot(query, block, shape.HeadSize);
        }

        FlashAttention.Bend(shape, new Span<float>(probabilities + from, to - from), from, head);
        float max = shape.Sinks is null ? float.NegativeInfinity : shape.Sinks[head], sum = 0;
        for (int j = from; j < to; j++) max = MathF.Max(max, probabilities[j]);
        if (shape.Sinks is not null) sum = MathF.Exp(shape.Sinks[head] - max);
        for (int j = from; j < to; j++) sum += probabilities[j] = MathF.Exp(probabilities[j] - max);
        VectorMath.Scale(1 / sum, probabilities + from, to - from);
    }

    /// <summary>Output of one query and head: the values weighed by probabilities.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="cache">Keys and values of the sequence.</param>
    /// <param name="probabilities">[length].</param>
    /// <param name="length">Positions in the cache.</param>
    /// <param name="head">The head.</param>
    /// <param name="output">Receives [valueSize].</param>
    /// <param name="block">Scratch, [valueSize].</param>
    public static void Weigh(AttentionShape shape, KeyValueRows cache, float* probabilities, int length, int head, float* output, float* block)
    {
        int group = head / (shape.Heads / shape.KeyValueHeads);
        new Span<float>(output, shape.ValueSize).Clear();
        for (int j = 0; j < length; j++)
        {
            if (probabilities[j] == 0) continue;
            CachePanels.LoadValue(cache.Type, cache.ValuePanel(shape, j, group), j % CachePanels.Positions, block, shape.ValueSize);
            VectorMath.Axpy(probabilities[j], block, output, shape.ValueSize);
        }
    }
}
