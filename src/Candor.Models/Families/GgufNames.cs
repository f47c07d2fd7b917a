namespace Candor.Models.Families;

/// <summary>
/// Tensor names of GGUF files: the same for all architectures. Where an architecture fuses or moves something, its family
/// replaces lines. Biases and tied matrices may be missing.
/// </summary>
internal static class GgufNames
{
    /// <summary>The common map, with replacements.</summary>
    public static Dictionary<string, string> With(params ReadOnlySpan<(string Role, string Source)> replacements)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["embedding"] = "token_embd.weight",
            ["final_norm"] = "output_norm.weight",
            ["final_norm.bias"] = "output_norm.bias ?",
            ["head"] = "output.weight ?",
            ["head.bias"] = "output.bias ?",
            ["rope_factors"] = "rope_freqs.weight ?",
            ["rope_factors_long"] = "rope_factors_long.weight ?",
            ["rope_factors_short"] = "rope_factors_short.weight ?",
        };
        foreach ((string role, string name) in (ReadOnlySpan<(string, string)>)
        [
            ("mixer_norm", "attn_norm"), ("mixer_post_norm", "post_attention_norm"),
            ("feed_forward_norm", "ffn_norm"), ("feed_forward_post_norm", "post_ffw_norm"),
            ("query_norm", "attn_q_norm"), ("key_norm", "attn_k_norm"),
            ("query", "attn_q"), ("key", "attn_k"), ("value", "attn_v"), ("attention_output", "attn_output"),
            ("gate", "ffn_gate"), ("up", "ffn_up"), ("down", "ffn_down"),
            ("router", "ffn_gate_inp"), ("expert_gate", "ffn_gate_exps"), ("expert_up", "ffn_up_exps"), ("expert_down", "ffn_down_exps"),
            ("shared_gate", "ffn_gate_shexp"), ("shared_up", "ffn_up_shexp"), ("shared_down", "ffn_down_shexp"),
            ("ssm_in", "ssm_in"), ("ssm_conv", "ssm_conv1d"), ("ssm_x", "ssm_x"), ("ssm_dt", "ssm_dt"), ("ssm_out", "ssm_out"), ("ssm_norm", "ssm_norm"),
        ])
        {
            names[role] = $"blk.{{layer}}.{name}.weight";
            names[role + ".bias"] = $"blk.{{layer}}.{name}.bias ?";
        }

        foreach ((string role, string source) in replacements) names[role] = source;
        return names;
    }

    /// <summary>Query, key and value as row ranges of one fused matrix.</summary>
    public static (string Role, string Source)[] FusedQkv(string name, int query, int key, int value) =>
    [
        ("query", $"{name}.weight | rows 0 {query}"), ("query.bias", $"{name}.bias | rows 0 {query} ?"),
        ("key", $"{name}.weight | rows {query} {query + key}"), ("key.bias", $"{name}.bias | rows {query} {query + key} ?"),
        ("value", $"{name}.weight | rows {query + key} {query + key + value}"), ("value.bias", $"{name}.bias | rows {query + key} {query + key + value} ?"),
    ];
}
