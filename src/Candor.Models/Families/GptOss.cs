using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>gpt-oss (arXiv:2508.10925): experts with a clamped SwiGLU, attention sinks, every second layer sliding.</summary>
internal static class GptOss
{
    public static Family Family { get; } = new("gpt-oss", ["gpt_oss"], FromConfig, ["gpt-oss"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        bool bias = c.GetBool("attention_bias", true);
        var d = new LlamaDefaults
        {
            Vocabulary = 201088, Hidden = 2880, Layers = 36, Heads = 64, KeyValueHeads = 8, HeadSize = 64, Inner = 2880, Context = 131072, Epsilon = 1e-5f,
            Theta = 150000, QkvBias = bias, OutputBias = bias,
        };
        // The stored matrices are [expert, inputs, outputs], gate and up in turn.
        string fused = Layer("mlp.experts.gate_up_proj"), fusedBias = Layer("mlp.experts.gate_up_proj_bias");
        ModelSpec spec = LlamaLike.FromConfig(
            c, d,
            ("sinks", Layer("self_attn.sinks")), ("router", Layer("mlp.router.weight")), ("router.bias", Layer("mlp.router.bias")),
            ("expert_gate", fused + " | transpose | gather 2 0 1"), ("expert_gate.bias", fusedBias + " | gather 2 0 1"),
            ("expert_up", fused + " | transpose | gather 2 1 1"), ("expert_up.bias", fusedBias + " | gather 2 1 1"),
            ("expert_down", Layer("mlp.experts.down_proj") + " | transpose"), ("expert_down.bias", Layer("mlp.experts.down_proj_bias")));
        bool[] sliding = ConfigReading.Sliding(c, spec.Layers.Count, i => i % 2 == 0);
        return Finish(
            spec, sliding, Mistral.WindowOf(c, 128), c.GetInt("num_local_experts", 128), c.GetInt("num_experts_per_tok", 4),
            c.GetFloat("swiglu_alpha", 1.702f), c.GetFloat("swiglu_limit", 7));
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        ModelSpec spec = LlamaLike.FromGguf(g, RopePairing.Halves, ("sinks", "blk.{layer}.attn_sinks.weight"), ("feed_forward_norm", "blk.{layer}.post_attention_norm.weight"));
        // The reference does not round the ramp of YaRN for this model; the file has no key for it.
        RopeSpec rope = g.Rope(RopePairing.Halves, null, truncate: false);
        spec = spec.Each((l, _) => l with
        {
            Attention = l.Attention! with { Rope = rope }, FeedForward = l.FeedForward! with { InnerSize = g.Int("expert_feed_forward_length", l.FeedForward.InnerSize) },
        });
        bool[] sliding = [.. Enumerable.Range(0, g.Layers).Select(i => i % 2 == 0)];
        return Finish(spec, sliding, g.Int("attention.sliding_window", 128), g.Int("expert_count"), g.Int("expert_used_count"), 1.702f, 7);
    }

    private static ModelSpec Finish(ModelSpec spec, bool[] sliding, int window, int experts, int used, float alpha, float limit) => spec.Each((l, i) => l with
    {
        Attention = l.Attention! with { Window = sliding[i] ? window : 0, Sinks = true },
        FeedForward = l.FeedForward! with
        {
            Activation = ActivationKind.ClampedSwiglu, Alpha = alpha, Limit = limit,
            Experts = new ExpertsSpec { Count = experts, Used = used, Router = RouterKind.SoftmaxOfChosen },
        },
    });
}
