using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>Mistral 7B and its successors (arXiv:2310.06825): LLaMA with a sliding window.</summary>
internal static class Mistral
{
    public static Family Family { get; } = new("Mistral", ["mistral"], FromConfig, ["mistral3"], file => LlamaLike.FromGguf(new GgufReading(file), RopePairing.Neighbours));

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        var defaults = new LlamaDefaults { KeyValueHeads = 8, Inner = 14336, Context = 131072 };
        int window = WindowOf(c, 4096);
        return LlamaLike.FromConfig(c, defaults).EachAttention((a, _) => a with { Window = window });
    }

    /// <summary>A window where the key is missing has the class's default; null turns it off.</summary>
    internal static int WindowOf(ConfigJson c, int fallback) =>
        c.TryGetInt("sliding_window", out int window) ? window : c.Keys.Contains("sliding_window") ? 0 : fallback;
}
