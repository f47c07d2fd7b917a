using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>Falcon-H1 (arXiv:2507.22448): attention and Mamba-2 side by side in each layer, with multipliers everywhere. GGUF files hold them in the weights.</summary>
internal static class FalconH1
{
    public static Family Family { get; } = new("Falcon-H1", ["falcon_h1"], FromConfig, ["falcon-h1"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        bool bias = c.GetBool("attention_bias", false), projectorBias = c.GetBool("mamba_proj_bias", false);
        var d = new LlamaDefaults
        {
            Vocabulary = 128000, Inner = 14336, KeyValueHeads = 8, Context = 8192, Epsilon = 1e-5f, Theta = 100000,
            QkvBias = bias, OutputBias = bias,
        };
        var names = new List<(string, string)>
        {
            ("final_norm", "model.final_layernorm.weight"), ("feed_forward_norm", Layer("pre_ff_layernorm.weight")),
            ("gate", Layer("feed_forward.gate_proj.weight")), ("up", Layer("feed_forward.up_proj.weight")), ("down", Layer("feed_forward.down_proj.weight")),
            ("ssm_in", Layer("mamba.in_proj.weight")), ("ssm_conv", Layer("mamba.conv1d.weight")), ("ssm_a", Layer("mamba.A_log") + " | negexp"),
            ("ssm_d", Layer("mamba.D")), ("ssm_dt.bias", Layer("mamba.dt_bias")), ("ssm_out", Layer("mamba.out_proj.weight")), ("ssm_norm", Layer("mamba.norm.weight")),
        };
        if (c.GetBool("mamba_conv_bias", true)) names.Add(("ssm_conv.bias", Layer("mamba.conv1d.bias")));
        if (projectorBias) names.Add(("ssm_in.bias", Layer("mamba.in_proj.bias")));
        if (c.GetBool("projectors_bias", false)) names.Add(("ssm_out.bias", Layer("mamba.out_proj.bias")));
        if (c.GetBool("mlp_bias", false)) foreach (string role in (string[])["gate", "up", "down"]) names.Add((role + ".bias", Layer($"feed_forward.{role}_proj.bias")));

        ModelSpec spec = LlamaLike.FromConfig(c, d, [.. names]);
        StateSpaceSpec block = Block(c, spec);
        float[] mlp = c.TryGetDoubles("mlp_multipliers", out double[] m) && m.Length == 2 ? [(float)m[0], (float)m[1]] : [1, 1];
        return spec.Each((l, _) => l with
        {
            StateSpace = block,
            Attention = l.Attention! with
            {
                InputScale = c.GetFloat("attention_in_multiplier", 1), KeyScale = c.GetFloat("key_multiplier", 1), OutputScale = c.GetFloat("attention_out_multiplier", 1),
            },
            FeedForward = l.FeedForward! with { GateScale = mlp[0], OutputScale = mlp[1] },
        }) with
        {
            Embedding = spec.Embedding with { Scale = c.GetFloat("embedding_multiplier", 1) },
            Head = spec.Head! with { Scale = c.GetFloat("lm_head_multiplier", 1) },
        };
    }

    private static StateSpaceSpec Block(ConfigJson c, ModelSpec spec)
    {
        int inner = c.TryGetInt("mamba_d_ssm", out int given) ? given : checked(c.GetInt("mamba_expand", 2) * spec.HiddenSize), groups = c.GetInt("mamba_n_groups", 1);
        (float min, float max) = Mamba2.StepLimit(c);
        return new StateSpaceSpec
        {
            Kind = StateSpaceKind.Mamba2, InnerSize = inner, StateSize = c.GetInt("mamba_d_state", 256), ConvolutionSize = c.GetInt("mamba_d_conv", 4),
            Heads = c.GetInt("mamba_n_heads", 128), Groups = groups, StepMin = min, StepMax = max,
            GatedNorm = c.GetBool("mamba_rms_norm", false) ? spec.FinalNorm : null, NormBeforeGate = c.GetBool("mamba_norm_before_gate", true), NormGroups = groups,
            InputScale = c.GetFloat("ssm_in_multiplier", 1), OutputScale = c.GetFloat("ssm_out_multiplier", 1),
            ZoneScales = c.TryGetDoubles("ssm_multipliers", out double[] zones) ? [.. zones.Select(z => (float)z)] : null,
        };
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        StateSpaceSpec block = Mamba2.Block(g);
        if (g.HasTensor("blk.0.ssm_norm.weight")) block = block with { GatedNorm = g.RmsNorm, NormGroups = block.Groups };
        return LlamaLike.FromGguf(g, RopePairing.Halves, [.. Mamba2.GgufTensors, ("feed_forward_norm", "blk.{layer}.ffn_norm || blk.{layer}.ffn_norm.weight")])
            .Each((l, _) => l with { StateSpace = block });
    }
}
