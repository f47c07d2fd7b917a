using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>StableLM 1 and 2 (arXiv:2402.17834): layer norms, rope on a part of each head.</summary>
internal static class StableLm
{
    public static Family Family { get; } = new("StableLM", ["stablelm"], FromConfig, ["stablelm"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        if (c.GetBool("qk_layernorm", false)) throw c.Fault("qk_layernorm", "true is not supported");
        var d = new LlamaDefaults
        {
            Vocabulary = 50304, Hidden = 2560, Inner = 6912, KeyValueHeads = 32, Context = 4096, PartialRotary = 0.25, QkvBias = c.GetBool("use_qkv_bias", false),
        };
        ModelSpec spec = LlamaLike.FromConfig(
            c, d, ("final_norm.bias", "model.norm.bias"), ("mixer_norm.bias", Layer("input_layernorm.bias")),
            ("feed_forward_norm.bias", Layer("post_attention_layernorm.bias")));
        return LayerNorms(spec, c.GetFloat("layer_norm_eps", 1e-5f), c.GetBool("use_parallel_residual", false));
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        if (g.HasTensor("blk.0.attn_q_norm.weight")) throw new ModelFormatException(file.Path, "blk.0.attn_q_norm.weight", "query and key norms of StableLM 2 12B are not supported");
        return LayerNorms(LlamaLike.FromGguf(g, RopePairing.Halves), g.LayerEpsilon, g.Bool("use_parallel_residual", false));
    }

    private static ModelSpec LayerNorms(ModelSpec spec, float epsilon, bool parallel)
    {
        var norm = new NormSpec { Kind = NormKind.Layer, Epsilon = epsilon };
        return spec.Each((l, _) => l with
        {
            // With a parallel residual one norm serves both parts.
            MixerNorm = norm, FeedForwardNorm = parallel ? null : norm, Residual = parallel ? ResidualTopology.Parallel : ResidualTopology.Sequential,
        }) with { FinalNorm = norm };
    }
}
