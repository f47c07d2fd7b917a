using System.Collections.Immutable;
using Candor.Formats;
using Candor.Tensors;

namespace Candor.Models.Conversion;

/// <summary>A GGUF file that is to be written: how its family will read it.</summary>
internal static class GgufPlan
{
    /// <summary>The architecture's name in GGUF, or null where there is none.</summary>
    public static string? Architecture(ModelSpec spec) =>
        FamilyRegistry.All.FirstOrDefault(f => f.ModelTypes.Contains(spec.Architecture, StringComparer.Ordinal)) is not { } family ? null
        : family.ModelTypes.Contains("mistral") || family.ModelTypes.Contains("mixtral") ? "llama"
        : family.GgufArchitectures is [var name, ..] ? name : null;

    /// <summary>Shapes of the tensors that families look at, as the file will have them.</summary>
    public static Func<string, IReadOnlyList<long>?> Shapes(ModelSpec spec, ModelWeights weights, string architecture)
    {
        RopeScalingKind? scaling = spec.Layers.Select(l => l.Attention?.Rope?.Scaling?.Kind).FirstOrDefault(k => k is not null);
        long[] there = [1, 1];
        return name => name switch
        {
            "token_embd.weight" => [spec.VocabularySize, spec.HiddenSize],
            "token_types.weight" => spec.Embedding.TokenTypes > 0 ? [spec.Embedding.TokenTypes, spec.HiddenSize] : null,
            "output.weight" => spec.Head is { Tied: false } ? [spec.VocabularySize, spec.HiddenSize] : null,
            "rope_freqs.weight" => scaling is RopeScalingKind.Llama3 or RopeScalingKind.Factors ? there : null,
            "rope_factors_long.weight" => scaling == RopeScalingKind.LongRope && architecture == "phi3" ? there : null,
            "blk.0.attn_norm_2.weight" => architecture == "falcon" && spec.Layers[0].FeedForwardNorm is not null ? there : null,
            "blk.0.ssm_norm.weight" => weights.Stored("ssm_norm", 0) is not null ? there : null,
            "blk.0.attn_qkv.weight" => architecture == "phi3" ? there : null,
            _ when name.EndsWith(".ffn_gate_inp.weight", StringComparison.Ordinal) => Layer(name) is { } i && spec.Layers[i].FeedForward?.Experts is not null ? there : null,
            _ => null,
        };

        int? Layer(string name) => int.TryParse(name.Split('.')[1], out int i) && i < spec.Layers.Count ? i : null;
    }

    /// <summary>The type of a tensor: matrices in the type asked for, what llama.cpp wants precise in float32.</summary>
    public static ElementType Type(TargetTensor tensor, ImmutableArray<long> shape, ElementType wanted)
    {
        string role = tensor.Slices[0][0].Role;
        bool precise = shape.Length < 2 || role is "router" or "shared_router" or "position_embedding" or "token_type_embedding" || role.StartsWith("ssm_conv", StringComparison.Ordinal)
            || role is "ssm_a" or "ssm_d" || role.EndsWith(".bias", StringComparison.Ordinal);
        if (precise) return ElementType.F32;
        return shape[^1] % wanted.BlockElements() == 0 ? wanted : ElementType.F16;
    }

    /// <summary>The shape as GGUF has it where it differs from the weight's own.</summary>
    public static ImmutableArray<long> Shape(TargetTensor tensor, ImmutableArray<long> shape, ModelSpec spec) => tensor.Slices[0][0].Role switch
    {
        "value_b" when spec.Layers[0].Attention is { Latent: not null } a => [a.Heads, shape[0] / a.Heads, shape[1]],
        "ssm_a" or "ssm_d" when spec.Layers[0].StateSpace!.Kind == StateSpaceKind.Mamba2 => [shape[0], 1],
        "ssm_norm" when spec.Layers[0].StateSpace!.Kind == StateSpaceKind.Mamba2 => [spec.Layers[0].StateSpace!.Groups, shape[^1] / spec.Layers[0].StateSpace!.Groups],
        _ => shape,
    };

    /// <summary>Tables that GGUF keeps as tensors: divisors of rope frequencies.</summary>
    public static IEnumerable<TensorSource> RopeTables(ModelSpec spec)
    {
        AttentionSpec? attention = spec.Layers.Select(l => l.Attention).FirstOrDefault(a => a?.Rope?.Scaling is not null);
        if (attention?.Rope is not { Scaling: { } scaling } rope) yield break;
        int size = rope.Size == 0 ? attention.HeadSize : rope.Size;
        if (scaling.Kind == RopeScalingKind.Llama3) yield return Table("rope_freqs.weight", RopeFrequencies.Llama3Divisors(rope, size));
        if (scaling.Kind != RopeScalingKind.LongRope || scaling.ShortFactors is null || scaling.LongFactors is null) yield break;
        yield return Table("rope_factors_long.weight", scaling.LongFactors);
        yield return Table("rope_factors_short.weight", scaling.ShortFactors);
    }

    private static TensorSource Table(string name, IReadOnlyList<double> divisors) =>
        TensorSource.From(name, [divisors.Count], divisors.Select(d => (float)d).ToArray());
}
