using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>OLMo 2 (arXiv:2501.00656): norms after each part instead of before, and a norm over whole queries and keys.</summary>
internal static class Olmo2
{
    public static Family Family { get; } = new("OLMo 2", ["olmo2"], FromConfig, ["olmo2"], file => PostNorm(LlamaLike.FromGguf(new GgufReading(file), RopePairing.Halves)));

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        bool bias = c.GetBool("attention_bias", false);
        var d = new LlamaDefaults { Vocabulary = 50304, Epsilon = 1e-5f, QkvBias = bias, OutputBias = bias };
        return PostNorm(LlamaLike.FromConfig(
            c, d,
            ("mixer_post_norm", Layer("post_attention_layernorm.weight")), ("feed_forward_post_norm", Layer("post_feedforward_layernorm.weight")),
            ("query_norm", Layer("self_attn.q_norm.weight")), ("key_norm", Layer("self_attn.k_norm.weight"))));
    }

    private static ModelSpec PostNorm(ModelSpec spec) => spec.Each((l, _) => l with
    {
        MixerNorm = null, FeedForwardNorm = null, MixerPostNorm = spec.FinalNorm, FeedForwardPostNorm = spec.FinalNorm,
        Attention = l.Attention! with { QueryKeyNorm = spec.FinalNorm, QueryKeyNormWhole = true },
    });
}
