using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>Mamba and Falcon Mamba (arXiv:2312.00752, 2410.05355): state-space blocks alone.</summary>
internal static class Mamba
{
    public static Family Family { get; } = new("Mamba, Falcon Mamba", ["mamba", "falcon_mamba"], FromConfig, ["mamba"], FromGguf);

    /// <summary>Tensor names of transformers' Mamba models.</summary>
    internal static Dictionary<string, string> Names(bool tied, bool convolutionBias, bool bias, params ReadOnlySpan<(string Role, string Source)> more)
    {
        static string Layer(string name) => $"backbone.layers.{{layer}}.{name}";
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["embedding"] = "backbone.embeddings.weight || backbone.embedding.weight",
            ["final_norm"] = "backbone.norm_f.weight",
            ["head"] = tied ? "lm_head.weight ?" : "lm_head.weight",
            ["mixer_norm"] = Layer("norm.weight"),
            ["ssm_in"] = Layer("mixer.in_proj.weight"),
            ["ssm_conv"] = Layer("mixer.conv1d.weight"),
            ["ssm_a"] = Layer("mixer.A_log") + " | negexp",
            ["ssm_d"] = Layer("mixer.D"),
            ["ssm_out"] = Layer("mixer.out_proj.weight"),
        };
        if (convolutionBias) names["ssm_conv.bias"] = Layer("mixer.conv1d.bias");
        if (bias)
        {
            names["ssm_in.bias"] = Layer("mixer.in_proj.bias");
            names["ssm_out.bias"] = Layer("mixer.out_proj.bias");
        }

        foreach ((string role, string name) in more) names[role] = Layer(name);
        return names;
    }

    /// <summary>A model of state-space blocks alone.</summary>
    internal static ModelSpec Spec(string architecture, int vocabulary, int hidden, int layers, float epsilon, StateSpaceSpec block, bool tied, Dictionary<string, string> names)
    {
        var norm = new NormSpec { Kind = NormKind.Rms, Epsilon = epsilon };
        var layer = new LayerSpec { MixerNorm = norm, StateSpace = block };
        return new ModelSpec
        {
            Architecture = architecture, VocabularySize = vocabulary, HiddenSize = hidden, Layers = [.. Enumerable.Repeat(layer, layers)],
            FinalNorm = norm, Head = new HeadSpec { Tied = tied }, Tensors = names,
        };
    }

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        string type = c.GetString("model_type");
        bool falcon = type == "falcon_mamba", tied = c.GetBool("tie_word_embeddings", true);
        int hidden = c.GetInt("hidden_size", falcon ? 4096 : 768);
        int rank = c.Has("time_step_rank") && c.Element.GetProperty("time_step_rank").ValueKind == System.Text.Json.JsonValueKind.Number ? c.GetInt("time_step_rank") : (hidden + 15) / 16;
        var block = new StateSpaceSpec
        {
            Kind = StateSpaceKind.Mamba, InnerSize = c.TryGetInt("intermediate_size", out int inner) ? inner : checked(c.GetInt("expand", 2) * hidden),
            StateSize = c.GetInt("state_size", 16), ConvolutionSize = c.GetInt("conv_kernel", 4), StepRank = rank,
            StepNormEpsilon = falcon ? c.GetFloat("mixer_rms_eps", 1e-6f) : null,
        };
        return Spec(
            type, c.GetInt("vocab_size", falcon ? 65024 : 50280), hidden, Checked.Layers(c, c.GetInt("num_hidden_layers", falcon ? 64 : 32)),
            c.GetFloat("layer_norm_epsilon", 1e-5f), block, tied,
            Names(tied, c.GetBool("use_conv_bias", true), c.GetBool("use_bias", false),
                ("ssm_x", "mixer.x_proj.weight"), ("ssm_dt", "mixer.dt_proj.weight"), ("ssm_dt.bias", "mixer.dt_proj.bias")));
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        var block = new StateSpaceSpec
        {
            Kind = StateSpaceKind.Mamba, InnerSize = g.Int("ssm.inner_size"), StateSize = g.Int("ssm.state_size"), ConvolutionSize = g.Int("ssm.conv_kernel"),
            StepRank = g.Int("ssm.time_step_rank"), StepNormEpsilon = g.Bool("ssm.dt_b_c_rms", false) ? 1e-6f : null,
        };
        return Spec(
            g.Architecture, g.Vocabulary, g.Hidden, g.Layers, g.RmsEpsilon, block, !g.HasTensor("output.weight"),
            GgufNames.With(("ssm_a", "blk.{layer}.ssm_a"), ("ssm_d", "blk.{layer}.ssm_d"), ("ssm_dt.bias", "blk.{layer}.ssm_dt.bias")));
    }
}
