using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>IBM Granite 3 and 4, dense: LLaMA with four multipliers.</summary>
internal static class Granite
{
    public static Family Family { get; } = new("Granite", ["granite"], FromConfig, ["granite"], FromGguf);

    private static ModelSpec FromConfig(ConfigJson c, TensorStore store)
    {
        bool bias = c.GetBool("attention_bias", false);
        ModelSpec spec = LlamaLike.FromConfig(c, new LlamaDefaults { QkvBias = bias, OutputBias = bias, MlpBias = c.GetBool("mlp_bias", false) });
        return Multiply(spec, c.GetFloat("embedding_multiplier", 1), c.GetFloat("attention_multiplier", 1), c.GetFloat("residual_multiplier", 1), c.GetFloat("logits_scaling", 1));
    }

    private static ModelSpec FromGguf(GgufView file)
    {
        var g = new GgufReading(file);
        return Multiply(
            LlamaLike.FromGguf(g, RopePairing.Neighbours),
            g.Float("embedding_scale", 1), g.Float("attention.scale", 0), g.Float("residual_scale", 1), g.Float("logit_scale", 1));
    }

    private static ModelSpec Multiply(ModelSpec spec, float embedding, float attention, float residual, float logits) => spec.Each((l, _) => l with
    {
        ResidualScale = residual, Attention = l.Attention! with { Scale = attention },
    }) with
    {
        Embedding = spec.Embedding with { Scale = embedding }, Head = spec.Head! with { Scale = 1 / logits },
    };
}
