using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>Mamba-2 (arXiv:2405.21060).</summary>
internal static class Mamba2
{
    public static Family Family { get; } = new("Mamba 2", ["mamba2"], FromConfig, ["mamba2"], FromGguf);

    /// <summary>The least and greatest step size of config.json's <c>time_step_limit</c>.</summary>
    internal static (float Min, float Max) StepLimit(ConfigJson c) =>
        c.TryGetDoubles("time_step_limit", out double[] limit) && limit.Length == 2 ? ((float)limit[0], (float)limit[1]) : (0, float.PositiveInfinity);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        int hidden = c.GetInt("hidden_size", 4096);
        bool tied = c.GetBool("tie_word_embeddings", false);
        float epsilon = c.GetFloat("layer_norm_epsilon", 1e-5f);
        (float min, float max) = StepLimit(c);
        var block = new StateSpaceSpec
        {
            Kind = StateSpaceKind.Mamba2, InnerSize = checked(c.GetInt("expand", 2) * hidden), StateSize = c.GetInt("state_size", 128),
            ConvolutionSize = c.GetInt("conv_kernel", 4), Heads = c.GetInt("num_heads", 128), Groups = c.GetInt("n_groups", 8),
            GatedNorm = new NormSpec { Kind = NormKind.Rms, Epsilon = epsilon }, StepMin = min, StepMax = max,
        };
        return Mamba.Spec(
            "mamba2", c.GetInt("vocab_size", 32768), hidden, Checked.Layers(c, c.GetInt("num_hidden_layers", 64)), epsilon, block, tied,
            Mamba.Names(tied, c.GetBool("use_conv_bias", true), c.GetBool("use_bias", false), ("ssm_dt.bias", "mixer.dt_bias"), ("ssm_norm", "mixer.norm.weight")));
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        return Mamba.Spec(
            g.Architecture, g.Vocabulary, g.Hidden, g.Layers, g.RmsEpsilon, Block(g) with { GatedNorm = g.RmsNorm }, !g.HasTensor("output.weight"), GgufNames.With(GgufTensors));
    }

    /// <summary>Mamba-2 tensors of GGUF that have no suffix.</summary>
    internal static (string Role, string Source)[] GgufTensors { get; } =
        [("ssm_a", "blk.{layer}.ssm_a"), ("ssm_d", "blk.{layer}.ssm_d"), ("ssm_dt.bias", "blk.{layer}.ssm_dt.bias")];

    /// <summary>A Mamba-2 block from GGUF metadata, without a gated norm.</summary>
    internal static StateSpaceSpec Block(GgufReading g) => new()
    {
        Kind = StateSpaceKind.Mamba2, InnerSize = g.Int("ssm.inner_size"), StateSize = g.Int("ssm.state_size"), ConvolutionSize = g.Int("ssm.conv_kernel"),
        Heads = g.Int("ssm.time_step_rank"), Groups = g.Int("ssm.group_count", 1),
    };
}
