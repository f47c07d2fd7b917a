using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>Qwen 1.5 and 2 MoE, and Qwen 3 MoE: experts, in the former with a gated shared one.</summary>
internal static class QwenMoe
{
    public static Family Qwen2 { get; } = new("Qwen 2 MoE", ["qwen2_moe"], FromConfig2, ["qwen2moe"], file => FromGguf(file, true));

    public static Family Qwen3 { get; } = new("Qwen 3 MoE", ["qwen3_moe"], FromConfig3, ["qwen3moe"], file => FromGguf(file, false));

    private static (string Role, string Source)[] Experts { get; } =
    [
        ("router", Layer("mlp.gate.weight")),
        ("expert_gate", Layer("mlp.experts.{expert}.gate_proj.weight")),
        ("expert_up", Layer("mlp.experts.{expert}.up_proj.weight")),
        ("expert_down", Layer("mlp.experts.{expert}.down_proj.weight")),
        ("shared_gate", Layer("mlp.shared_expert.gate_proj.weight")),
        ("shared_up", Layer("mlp.shared_expert.up_proj.weight")),
        ("shared_down", Layer("mlp.shared_expert.down_proj.weight")),
        ("shared_router", Layer("mlp.shared_expert_gate.weight")),
    ];

    private static ModelSpec FromConfig2(ConfigJson c, TensorStore store)
    {
        var defaults = new LlamaDefaults
        {
            Vocabulary = 151936, Hidden = 2048, Layers = 24, Heads = 16, KeyValueHeads = 16, Inner = 5632, Context = 32768, QkvBias = c.GetBool("qkv_bias", true),
        };
        var experts = new ExpertsSpec
        {
            Count = c.GetInt("num_experts", 60), Used = c.GetInt("num_experts_per_tok", 4), Normalize = c.GetBool("norm_topk_prob", false),
            SharedInnerSize = c.GetInt("shared_expert_intermediate_size", 5632), SharedGated = true,
        };
        return Sparse(c, LlamaLike.FromConfig(c, defaults, Experts), experts, c.GetInt("moe_intermediate_size", 1408));
    }

    private static ModelSpec FromConfig3(ConfigJson c, TensorStore store)
    {
        bool bias = c.GetBool("attention_bias", false);
        var defaults = new LlamaDefaults
        {
            Vocabulary = 151936, Hidden = 2048, Layers = 24, Heads = 32, KeyValueHeads = 4, Inner = 6144, Context = 32768, QkvBias = bias, OutputBias = bias,
        };
        var experts = new ExpertsSpec
        {
            Count = c.GetInt("num_experts", c.GetInt("num_local_experts", 128)), Used = c.GetInt("num_experts_per_tok", 8), Normalize = c.GetBool("norm_topk_prob", false),
        };
        ModelSpec spec = LlamaLike.FromConfig(c, defaults, [.. Experts, .. Qwen.HeadNorms]);
        return Sparse(c, spec.EachAttention((a, _) => a with { QueryKeyNorm = spec.FinalNorm }), experts, c.GetInt("moe_intermediate_size", 768));
    }

    private static ModelSpec Sparse(ConfigJson c, ModelSpec spec, ExpertsSpec experts, int inner)
    {
        int step = Math.Max(1, c.GetInt("decoder_sparse_step", 1));
        c.TryGetInts("mlp_only_layers", out int[] dense);
        int[] windows = Qwen.Windows(c, spec.Layers.Count);
        return spec.Each((l, i) => l with
        {
            Attention = l.Attention! with { Window = windows[i] },
            FeedForward = (dense ?? []).Contains(i) || (i + 1) % step != 0 ? l.FeedForward : l.FeedForward! with { InnerSize = inner, Experts = experts },
        });
    }

    private static ModelSpec FromGguf(GgufView file, bool second)
    {
        var g = new GgufReading(file);
        var experts = new ExpertsSpec
        {
            Count = g.Int("expert_count"), Used = g.Int("expert_used_count"), Normalize = g.Bool("expert_weights_norm", !second),
            SharedInnerSize = second ? g.Int("expert_shared_feed_forward_length", 0) : 0, SharedGated = second,
        };
        return LlamaLike.FromGguf(g, RopePairing.Halves, ("shared_router", "blk.{layer}.ffn_gate_inp_shexp.weight")).Each((l, i) => l with
        {
            Attention = l.Attention! with { QueryKeyNorm = second ? null : g.RmsNorm },
            FeedForward = g.HasTensor($"blk.{i}.ffn_gate_inp.weight")
                ? l.FeedForward! with { InnerSize = g.Int("expert_feed_forward_length"), Experts = experts }
                : l.FeedForward,
        });
    }
}
