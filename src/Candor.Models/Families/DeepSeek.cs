using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>DeepSeek-V3 and R1 (arXiv:2412.19437): latent attention, sigmoid router with groups and a correction bias, shared experts.</summary>
internal static class DeepSeek
{
    public static Family Family { get; } = new("DeepSeek-V3", ["deepseek_v3"], FromConfig, ["deepseek2"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        int heads = c.GetInt("num_attention_heads", 128), own = c.GetInt("qk_nope_head_dim", 128), rope = c.GetInt("qk_rope_head_dim", 64), value = c.GetInt("v_head_dim", 128);
        int rank = c.GetInt("kv_lora_rank", 512), queryRank = c.TryGetInt("q_lora_rank", out int q) ? q : c.Keys.Contains("q_lora_rank") ? 0 : 1536;
        string fused = Layer("self_attn.kv_b_proj.weight");
        bool bias = c.GetBool("attention_bias", false);
        var names = new List<(string, string)>
        {
            ("query_a", Layer("self_attn.q_a_proj.weight")), ("query_a_norm", Layer("self_attn.q_a_layernorm.weight")), ("query_b", Layer("self_attn.q_b_proj.weight")),
            ("kv_a", Layer("self_attn.kv_a_proj_with_mqa.weight")), ("kv_a_norm", Layer("self_attn.kv_a_layernorm.weight")),
            ("key_b", $"{fused} | gather {own + value} 0 {own}"), ("value_b", $"{fused} | gather {own + value} {own} {value}"),
            ("router", Layer("mlp.gate.weight")), ("router_correction", Layer("mlp.gate.e_score_correction_bias")),
            ("expert_gate", Layer("mlp.experts.{expert}.gate_proj.weight")), ("expert_up", Layer("mlp.experts.{expert}.up_proj.weight")),
            ("expert_down", Layer("mlp.experts.{expert}.down_proj.weight")),
            ("shared_gate", Layer("mlp.shared_experts.gate_proj.weight")), ("shared_up", Layer("mlp.shared_experts.up_proj.weight")),
            ("shared_down", Layer("mlp.shared_experts.down_proj.weight")),
        };
        if (bias)
        {
            names.Add(("query_a.bias", Layer("self_attn.q_a_proj.bias")));
            names.Add(("kv_a.bias", Layer("self_attn.kv_a_proj_with_mqa.bias")));
        }

        var d = new LlamaDefaults { Vocabulary = 129280, Hidden = 7168, Layers = 61, Heads = heads, Inner = 18432, Context = 4096, OutputBias = bias };
        ModelSpec spec = LlamaLike.FromConfig(c, d, [.. names]);
        RopeSpec turn = ConfigReading.Rope(c, rope) with { Pairing = c.GetBool("rope_interleave", true) ? RopePairing.Neighbours : RopePairing.Halves };
        double softmax = turn.Scaling is { } s && ScalingOf(c) is { } raw && raw.TryGetDouble("mscale_all_dim", out double all) && all != 0
            ? Math.Pow(ConfigReading.YarnScale(s.Factor, all), 2) : 1;
        var attention = new AttentionSpec
        {
            Heads = heads, KeyValueHeads = heads, HeadSize = own + rope, ValueHeadSize = value, Rope = turn, Scale = (float)(softmax / Math.Sqrt(own + rope)),
            Latent = new LatentAttentionSpec { QueryRank = queryRank, KeyValueRank = rank, RopeSize = rope, Epsilon = 1e-6f },
        };
        int inner = c.GetInt("moe_intermediate_size", 2048), dense = c.GetInt("first_k_dense_replace", 3);
        var experts = new ExpertsSpec
        {
            Count = c.GetInt("n_routed_experts", 256), Used = c.GetInt("num_experts_per_tok", 8), Router = RouterKind.Sigmoid, Normalize = c.GetBool("norm_topk_prob", true),
            Scale = c.GetFloat("routed_scaling_factor", 2.5f), Groups = c.GetInt("n_group", 8), GroupsUsed = c.GetInt("topk_group", 4),
            SharedInnerSize = checked(inner * c.GetInt("n_shared_experts", 1)),
        };
        return Finish(spec, attention, experts, inner, dense);
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        if (g.HasTensor("blk.0.attn_kv_b.weight")) throw new ModelFormatException(file.Path, "blk.0.attn_kv_b.weight", "old files with one fused key-value matrix are not supported; convert the model anew");
        if (g.Int("expert_gating_func", 1) != 2) throw g.Fault("expert_gating_func", "only the sigmoid router of DeepSeek-V3 (2) is supported");
        int heads = g.Heads[0], rope = g.Int("rope.dimension_count"), size = g.Int("attention.key_length_mla"), value = g.Int("attention.value_length_mla");
        ModelSpec spec = LlamaLike.FromGguf(
            g, RopePairing.Neighbours,
            ("query_a", "blk.{layer}.attn_q_a.weight"), ("query_a_norm", "blk.{layer}.attn_q_a_norm.weight"), ("query_b", "blk.{layer}.attn_q_b.weight"),
            ("kv_a", "blk.{layer}.attn_kv_a_mqa.weight"), ("kv_a_norm", "blk.{layer}.attn_kv_a_norm.weight"),
            ("key_b", "blk.{layer}.attn_k_b.weight | transpose"), ("value_b", "blk.{layer}.attn_v_b.weight"),
            ("router_correction", "blk.{layer}.exp_probs_b.bias ?"));
        // The file keeps 0.1 · mscale_all_dim; the reference raises the softmax scale by its square and leaves cosine and sine alone.
        RopeSpec turn = g.Rope(RopePairing.Neighbours);
        double all = g.Float("rope.scaling.yarn_log_multiplier", 0) * 10, softmax = 1;
        if (turn.Scaling is { Kind: RopeScalingKind.Yarn } s && all != 0)
        {
            softmax = Math.Pow(ConfigReading.YarnScale(s.Factor, all), 2);
            turn = turn with { Scaling = s with { AttentionFactor = 1 } };
        }

        var attention = new AttentionSpec
        {
            Heads = heads, KeyValueHeads = heads, HeadSize = size, ValueHeadSize = value, Rope = turn with { Size = 0 }, Scale = (float)(softmax / Math.Sqrt(size)),
            Latent = new LatentAttentionSpec { QueryRank = g.Int("attention.q_lora_rank", 0), KeyValueRank = g.Int("attention.kv_lora_rank"), RopeSize = rope, Epsilon = 1e-6f },
        };
        int inner = g.Int("expert_feed_forward_length");
        var experts = new ExpertsSpec
        {
            Count = g.Int("expert_count"), Used = g.Int("expert_used_count"), Router = RouterKind.Sigmoid, Normalize = g.Bool("expert_weights_norm", false),
            Scale = g.Float("expert_weights_scale", 1), Groups = g.Int("expert_group_count", 1), GroupsUsed = g.Int("expert_group_used_count", 1),
            SharedInnerSize = checked(inner * g.Int("expert_shared_count", 0)),
        };
        return Finish(spec, attention, experts, inner, g.Int("leading_dense_block_count", 0));
    }

    private static ConfigJson? ScalingOf(ConfigJson c) => c.TryGetObject("rope_scaling", out ConfigJson? s) || c.TryGetObject("rope_parameters", out s) ? s : null;

    private static ModelSpec Finish(ModelSpec spec, AttentionSpec attention, ExpertsSpec experts, int inner, int dense) => spec.Each((l, i) => l with
    {
        Attention = attention,
        FeedForward = i < dense ? l.FeedForward : l.FeedForward! with { InnerSize = inner, Experts = experts },
    });
}
