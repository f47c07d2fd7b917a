using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>SmolLM3: LLaMA where every fourth layer has no rope (arXiv:2501.18795).</summary>
internal static class SmolLm3
{
    public static Family Family { get; } = new("SmolLM3", ["smollm3"], FromConfig, ["smollm3"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        bool bias = c.GetBool("attention_bias", false);
        var d = new LlamaDefaults
        {
            Vocabulary = 128256, Hidden = 2048, Layers = 36, Heads = 16, KeyValueHeads = 4, Context = 32768, Theta = 2e6, Tied = true,
            QkvBias = bias, OutputBias = bias, MlpBias = c.GetBool("mlp_bias", false),
        };
        ModelSpec spec = LlamaLike.FromConfig(c, d);
        int interval = Math.Max(1, c.GetInt("no_rope_layer_interval", 4)), layers = spec.Layers.Count;
        if (!c.TryGetInts("no_rope_layers", out int[] rope)) rope = [.. Enumerable.Range(0, layers).Select(i => (i + 1) % interval != 0 ? 1 : 0)];
        if (rope.Length != layers) throw c.Fault("no_rope_layers", $"has {rope.Length} entries for {layers} layers");
        int window = c.GetBool("use_sliding_window", false) ? Mistral.WindowOf(c, 0) : 0;
        bool[] sliding = ConfigReading.Sliding(c, layers, i => rope[i] == 0);
        return spec.EachAttention((a, i) => a with { Rope = rope[i] == 0 ? null : a.Rope, Window = sliding[i] ? window : 0 });
    }

    private static ModelSpec FromGguf(GgufView file) =>
        LlamaLike.FromGguf(new GgufReading(file), RopePairing.Neighbours).EachAttention((a, i) => a with { Rope = (i + 1) % 4 == 0 ? null : a.Rope });
}
