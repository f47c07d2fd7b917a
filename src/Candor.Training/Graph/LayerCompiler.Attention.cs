using Candor.Models;

namespace Candor.Training;

internal sealed partial class LayerCompiler
{
    private Slot Attention(AttentionSpec a, Slot input)
    {
        if (a.ClampQkv is not null) throw Unable("clamped queries, keys and values");
        int queryWidth = a.Heads * a.HeadSize, keyWidth = a.KeyValueHeads * a.HeadSize, valueWidth = a.KeyValueHeads * a.ValueSize;
        if (a.Latent is { } latent) return Attended(a, Latent(a, latent, input, queryWidth));
        Slot query = Linear("query", input, queryWidth, a.InputScale), key = Linear("key", input, keyWidth, a.InputScale * a.KeyScale, a.KeyScale), value = Linear("value", input, valueWidth, a.InputScale);
        if (!a.QueryKeyNormAfterRope) (query, key) = QueryKeyNorm(a, query, key);
        if (ropes(a) is { } angles)
        {
            operations.Add(new RopeOperation(query, a.Heads, a.HeadSize, 0, a.Rope!.Pairing, angles));
            operations.Add(new RopeOperation(key, a.KeyValueHeads, a.HeadSize, 0, a.Rope.Pairing, angles));
        }

        if (a.QueryKeyNormAfterRope) (query, key) = QueryKeyNorm(a, query, key);
        return Attended(a, (query, key, value));
    }

    private Slot Attended(AttentionSpec a, (Slot Query, Slot Key, Slot Value) x)
    {
        Slot output = Slot("attention", a.Heads * a.ValueSize);
        operations.Add(new AttentionOperation(a, spec.Causal, x.Query, x.Key, x.Value, a.Sinks ? parameters.Vector("sinks", a.Heads, layer) : null, output));
        return Linear("attention_output", output, spec.HiddenSize, a.OutputScale, a.OutputScale);
    }

    /// <summary>Queries, keys and values through latents; the rotary part of the key, which all heads share, is turned before it joins them.</summary>
    private (Slot Query, Slot Key, Slot Value) Latent(AttentionSpec a, LatentAttentionSpec latent, Slot input, int queryWidth)
    {
        int own = a.HeadSize - latent.RopeSize;
        var norm = new NormSpec { Kind = NormKind.Rms, Epsilon = latent.Epsilon };
        Slot query = latent.QueryRank == 0 ? Linear("query", input, queryWidth) : Linear("query_b", Norm("query_a_norm", norm, Linear("query_a", input, latent.QueryRank)), queryWidth);
        Slot down = Linear("kv_a", input, latent.KeyValueRank + latent.RopeSize);
        Slot compressed = Norm("kv_a_norm", norm, Slice("kv_latent", down, 0, latent.KeyValueRank)), rotary = Slice("key_rope", down, latent.KeyValueRank, latent.RopeSize);
        Slot parts = Linear("key_b", compressed, a.Heads * own), value = Linear("value_b", compressed, a.Heads * a.ValueSize), key = Slot("key", a.Heads * a.HeadSize);
        if (ropes(a) is { } angles)
        {
            operations.Add(new RopeOperation(query, a.Heads, a.HeadSize, own, a.Rope!.Pairing, angles));
            operations.Add(new RopeOperation(rotary, 1, latent.RopeSize, 0, a.Rope.Pairing, angles));
        }

        operations.Add(new LatentKeyOperation(parts, rotary, key, a.Heads));
        return (query, key, value);
    }

    private (Slot Query, Slot Key) QueryKeyNorm(AttentionSpec a, Slot query, Slot key)
    {
        if (a.QueryKeyNorm is not { } norm) return (query, key);
        return (Norm("query_norm", norm, query, a.QueryKeyNormWhole ? query.Width : a.HeadSize), Norm("key_norm", norm, key, a.QueryKeyNormWhole ? key.Width : a.HeadSize));
    }
}
