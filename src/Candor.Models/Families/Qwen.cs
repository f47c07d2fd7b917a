using Candor.Formats;
using static Candor.Models.Families.LlamaLike;

namespace Candor.Models.Families;

/// <summary>Qwen 2, 2.5 and 3 (arXiv:2407.10671, 2412.15115, 2505.09388), dense.</summary>
internal static class Qwen
{
    public static Family Qwen2 { get; } = new("Qwen 2", ["qwen2"], (c, _) => FromConfig(c, true), ["qwen2"], file => LlamaLike.FromGguf(new GgufReading(file), RopePairing.Halves));

    public static Family Qwen3 { get; } = new("Qwen 3", ["qwen3"], (c, _) => FromConfig(c, false), ["qwen3"], file =>
    {
        var g = new GgufReading(file);
        return LlamaLike.FromGguf(g, RopePairing.Halves).EachAttention((a, _) => a with { QueryKeyNorm = g.RmsNorm });
    });

    /// <summary>Roles of the per-head query and key norms of Qwen 3.</summary>
    internal static (string Role, string Source)[] HeadNorms { get; } =
        [("query_norm", Layer("self_attn.q_norm.weight")), ("key_norm", Layer("self_attn.k_norm.weight"))];

    /// <summary>Layers from <c>max_window_layers</c> on slide, where sliding is on.</summary>
    internal static int[] Windows(ConfigJson c, int layers)
    {
        int window = c.GetBool("use_sliding_window", false) ? Mistral.WindowOf(c, 4096) : 0;
        int full = c.GetInt("max_window_layers", 28);
        bool[] sliding = ConfigReading.Sliding(c, layers, i => i >= full);
        return [.. sliding.Select(s => s ? window : 0)];
    }

    private static ModelSpec FromConfig(ConfigJson c, bool second)
    {
        bool bias = second || c.GetBool("attention_bias", false);
        var defaults = new LlamaDefaults
        {
            Vocabulary = 151936, Inner = 22016, KeyValueHeads = 32, Context = 32768, HeadSize = second ? 0 : 128, QkvBias = bias, OutputBias = bias && !second,
        };
        ModelSpec spec = LlamaLike.FromConfig(c, defaults, second ? [] : HeadNorms);
        int[] windows = Windows(c, spec.Layers.Count);
        return spec.EachAttention((a, i) => a with { Window = windows[i], QueryKeyNorm = second ? null : spec.FinalNorm });
    }
}
