using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>Phi-3, 3.5 and 4 (arXiv:2404.14219): LLaMA with fused matrices and long rope.</summary>
internal static class Phi3
{
    public static Family Family { get; } = new("Phi-3", ["phi3"], FromConfig, ["phi3"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        var d = new LlamaDefaults { Vocabulary = 32064, Hidden = 3072, Inner = 8192, Context = 4096, Epsilon = 1e-5f };
        ModelSpec spec = LlamaLike.FromConfig(c, d);
        int window = Mistral.WindowOf(c, 0);
        spec = Restarting(spec).EachAttention((a, _) => a with { Window = window });
        return spec with { Tensors = Fuse(spec, new(spec.Tensors), Layer("self_attn.qkv_proj.weight"), Layer("mlp.gate_up_proj.weight")) };
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        ModelSpec spec = LlamaLike.FromGguf(g, RopePairing.Halves);
        int window = g.Int("attention.sliding_window", 0);
        spec = Restarting(spec).EachAttention((a, _) => a with { Window = window });
        var names = new Dictionary<string, string>(spec.Tensors);
        string qkv = g.HasTensor("blk.0.attn_qkv.weight") ? "blk.{layer}.attn_qkv.weight" : "", up = g.HasTensor("blk.0.ffn_gate.weight") ? "" : "blk.{layer}.ffn_up.weight";
        return spec with { Tensors = Fuse(spec, names, qkv, up) };
    }

    /// <summary>The reference drops its cache when a text outgrows the original context.</summary>
    private static ModelSpec Restarting(ModelSpec spec) => spec.EachAttention((a, _) =>
        a.Rope?.Scaling is { } scaling ? a with { Rope = a.Rope with { Scaling = scaling with { Restart = true } } } : a);

    private static Dictionary<string, string> Fuse(ModelSpec spec, Dictionary<string, string> names, string qkv, string gateUp)
    {
        AttentionSpec a = spec.Layers[0].Attention!;
        int query = a.Heads * a.HeadSize, key = a.KeyValueHeads * a.HeadSize, inner = spec.Layers[0].FeedForward!.InnerSize;
        if (qkv.Length > 0)
        {
            names["query"] = $"{qkv} | rows 0 {query}";
            names["key"] = $"{qkv} | rows {query} {query + key}";
            names["value"] = $"{qkv} | rows {query + key} {query + 2 * key}";
        }

        if (gateUp.Length > 0)
        {
            names["gate"] = $"{gateUp} | rows 0 {inner}";
            names["up"] = $"{gateUp} | rows {inner} {2 * inner}";
        }

        return names;
    }
}
