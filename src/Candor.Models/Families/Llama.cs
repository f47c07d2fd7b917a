using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>LLaMA 1 to 3.x (arXiv:2302.13971, 2307.09288, 2407.21783), SmolLM 1 and 2, Falcon 3, and others under the same name.</summary>
internal static class Llama
{
    public static Family Family { get; } = new("LLaMA", ["llama"], FromConfig, ["llama"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        bool bias = c.GetBool("attention_bias", false);
        return LlamaLike.FromConfig(c, new LlamaDefaults { QkvBias = bias, OutputBias = bias, MlpBias = c.GetBool("mlp_bias", false) });
    }

    /// <summary>Mistral and Mixtral carry the same architecture name in GGUF.</summary>
    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        ModelSpec spec = LlamaLike.FromGguf(g, RopePairing.Neighbours);
        int experts = g.Int("expert_count", 0);
        return experts == 0 ? spec : spec.Each((l, _) => l with
        {
            FeedForward = l.FeedForward! with { Experts = new ExpertsSpec { Count = experts, Used = g.Int("expert_used_count"), Normalize = true } },
        });
    }
}
