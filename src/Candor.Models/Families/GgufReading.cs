using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>What many families read from GGUF metadata in the same way: keys with the architecture as prefix.</summary>
internal sealed class GgufReading
{
    private readonly GgufView view;
    private readonly GgufMetadata metadata;

    public GgufReading(GgufView file)
    {
        view = file;
        metadata = file.Metadata;
        Architecture = metadata.GetString("general.architecture");
        Layers = Positive("block_count", 10_000);
        Hidden = Positive("embedding_length", 1 << 24);
        Heads = PerLayer("attention.head_count", 0);
        KeyValueHeads = metadata.ContainsKey(Key("attention.head_count_kv")) ? PerLayer("attention.head_count_kv", 0) : Heads;
        int heads = Heads.Max();
        HeadSize = Int("attention.key_length", heads > 0 ? Hidden / heads : 0);
        ValueSize = Int("attention.value_length", heads > 0 ? Hidden / heads : 0);
        Vocabulary = VocabularySize();
    }

    public string Architecture { get; }

    public int Layers { get; }

    public int Hidden { get; }

    /// <summary>Heads of each layer; 0 where a layer has no attention.</summary>
    public int[] Heads { get; }

    public int[] KeyValueHeads { get; }

    public int HeadSize { get; }

    public int ValueSize { get; }

    public int Vocabulary { get; }

    public int Context => Int("context_length", 0);

    public float RmsEpsilon => Float("attention.layer_norm_rms_epsilon", 1e-5f);

    public float LayerEpsilon => Float("attention.layer_norm_epsilon", 1e-5f);

    public NormSpec RmsNorm => new() { Kind = NormKind.Rms, Epsilon = RmsEpsilon };

    public NormSpec LayerNorm => new() { Kind = NormKind.Layer, Epsilon = LayerEpsilon };

    public string Key(string name) => $"{Architecture}.{name}";

    public bool Has(string name) => metadata.ContainsKey(Key(name));

    public int Int(string name) => metadata.GetInt32(Key(name));

    public int Int(string name, int fallback) => metadata.GetInt32(Key(name), fallback);

    public float Float(string name, float fallback) => metadata.GetFloat(Key(name), fallback);

    public bool Bool(string name, bool fallback) => metadata.GetBool(Key(name), fallback);

    public string? String(string name) => metadata.GetString(Key(name), null);

    /// <summary>A number for each layer: from a list, or one for all.</summary>
    public int[] PerLayer(string name, int fallback) =>
        metadata.TryGetInt32PerItem(Key(name), Layers, out int[] values) ? values : [.. Enumerable.Repeat(fallback, Layers)];

    public bool HasTensor(string name) => view.Shape(name) is not null;

    public ModelFormatException Fault(string name, string problem) => metadata.Fault(Key(name), problem);

    /// <summary>Rope with the scaling that the metadata names. Factors in a tensor (<c>rope_freqs.weight</c>) win over it.</summary>
    /// <param name="pairing">Pairs, as this architecture's files have them.</param>
    /// <param name="theta">Base; null: from <c>rope.freq_base</c>.</param>
    /// <param name="truncate">Whether a YaRN ramp is rounded to whole dimensions.</param>
    public RopeSpec Rope(RopePairing pairing, double? theta = null, bool truncate = true)
    {
        int size = Int("rope.dimension_count", HeadSize);
        return new RopeSpec
        {
            Theta = theta ?? Float("rope.freq_base", 10000), Size = size == HeadSize ? 0 : size, Pairing = pairing, Scaling = Scaling(truncate),
        };
    }

    private RopeScalingSpec? Scaling(bool truncate)
    {
        double factor = Float("rope.scaling.factor", Has("rope.scale_linear") ? Float("rope.scale_linear", 1) : 1);
        int original = Int("rope.scaling.original_context_length", Context);
        double? attention = Has("rope.scaling.attn_factor") ? Float("rope.scaling.attn_factor", 1) : null;
        if (HasTensor("rope_factors_long.weight"))
            return new() { Kind = RopeScalingKind.LongRope, OriginalContext = original, Factor = original > 0 ? (double)Context / original : 1, AttentionFactor = attention };
        if (HasTensor("rope_freqs.weight")) return new() { Kind = RopeScalingKind.Factors };
        string type = String("rope.scaling.type") ?? (factor == 1 ? "none" : "linear");
        return type switch
        {
            "none" => null,
            "linear" => factor == 1 ? null : new() { Kind = RopeScalingKind.Linear, Factor = factor },
            "yarn" => new()
            {
                Kind = RopeScalingKind.Yarn, Factor = factor, OriginalContext = original, Truncate = truncate,
                BetaFast = Float("rope.scaling.yarn_beta_fast", 32), BetaSlow = Float("rope.scaling.yarn_beta_slow", 1), AttentionFactor = attention,
            },
            "longrope" => null,
            _ => throw Fault("rope.scaling.type", $"rope scaling '{type}' is not supported; supported are none, linear, yarn, longrope"),
        };
    }

    private int Positive(string name, int greatest)
    {
        int value = Int(name);
        if (value < 1 || value > greatest) throw Fault(name, $"is {value}; 1 to {greatest} is possible");
        return value;
    }

    private int VocabularySize()
    {
        if (view.Shape("token_embd.weight") is [> 0 and < int.MaxValue / 8 and var rows, _]) return (int)rows;
        throw new ModelFormatException(view.Path, "token_embd.weight", "tensor is missing or not a matrix");
    }
}
