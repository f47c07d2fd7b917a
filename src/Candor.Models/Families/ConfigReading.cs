using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>What many families read from config.json in the same way.</summary>
internal static class ConfigReading
{
    /// <summary>An activation by its name in transformers.</summary>
    public static ActivationKind Activation(ConfigJson config, string fallback, params ReadOnlySpan<string> keys)
    {
        string name = fallback, key = keys[0];
        foreach (string k in keys)
        {
            if (!config.TryGetString(k, out string? found)) continue;
            (name, key) = (found, k);
            break;
        }

        return name switch
        {
            "silu" or "swish" => ActivationKind.Silu,
            "gelu" or "gelu_python" => ActivationKind.Gelu,
            "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_python_tanh" => ActivationKind.GeluTanh,
            "relu" => ActivationKind.Relu,
            "relu2" or "relu_squared" => ActivationKind.Relu2,
            _ => throw config.Fault(key, $"activation '{name}' is not supported; supported are silu, gelu, gelu_new, gelu_pytorch_tanh, relu, relu2"),
        };
    }

    /// <summary>
    /// Rope as config.json spells it: <c>rope_parameters</c> (also one for each layer type), or <c>rope_theta</c> and
    /// <c>rope_scaling</c> with <c>rope_type</c> or <c>type</c>.
    /// </summary>
    /// <param name="config">The config.</param>
    /// <param name="headSize">Size of a head.</param>
    /// <param name="theta">Base where none is given.</param>
    /// <param name="partial">Part of a head that turns where none is given.</param>
    /// <param name="layerType">The key of this layer type inside <c>rope_parameters</c>, or null.</param>
    public static RopeSpec Rope(ConfigJson config, int headSize, double theta = 10000, double partial = 1, string? layerType = null)
    {
        config.TryGetObject("rope_parameters", out ConfigJson? parameters);
        if (parameters is not null && layerType is not null && parameters.TryGetObject(layerType, out ConfigJson? own)) parameters = own;
        config.TryGetObject("rope_scaling", out ConfigJson? scaling);
        scaling ??= parameters;

        double Number(string key, double fallback) => parameters?.TryGetDouble(key, out double v) == true || config.TryGetDouble(key, out v) ? v : fallback;
        double factor = Number("partial_rotary_factor", config.GetDouble("rotary_pct", partial));
        int size = (int)(headSize * factor);
        return new RopeSpec
        {
            Theta = Number("rope_theta", config.GetDouble("rotary_emb_base", theta)),
            Size = size == headSize ? 0 : size,
            Scaling = scaling is null ? null : Scaling(config, scaling),
        };
    }

    /// <summary>Whether a layer slides: from <c>layer_types</c>, or else as the family's pattern says.</summary>
    public static bool[] Sliding(ConfigJson config, int layers, Func<int, bool> pattern)
    {
        if (!config.TryGetStrings("layer_types", out string[] types)) return [.. Enumerable.Range(0, layers).Select(pattern)];
        if (types.Length != layers) throw config.Fault("layer_types", $"has {types.Length} entries for {layers} layers");
        return [.. types.Select(t => t switch
        {
            "sliding_attention" => true,
            "full_attention" => false,
            _ => throw config.Fault("layer_types", $"layer type '{t}' is not supported"),
        })];
    }

    private static RopeScalingSpec? Scaling(ConfigJson config, ConfigJson s)
    {
        string type = s.GetString("rope_type", null) ?? s.GetString("type", null) ?? "default";
        int context = config.GetInt("max_position_embeddings", 0);
        int original = s.GetInt("original_max_position_embeddings", config.GetInt("original_max_position_embeddings", context));
        double? attention = s.TryGetDouble("attention_factor", out double given) ? given : null;
        switch (type)
        {
            case "default" or "mrope":
                return null;
            case "linear":
                return new() { Kind = RopeScalingKind.Linear, Factor = s.GetDouble("factor") };
            case "dynamic":
                return new() { Kind = RopeScalingKind.Dynamic, Factor = s.GetDouble("factor"), OriginalContext = context };
            case "llama3":
                return new()
                {
                    Kind = RopeScalingKind.Llama3, Factor = s.GetDouble("factor"), OriginalContext = original,
                    LowFrequencyFactor = s.GetDouble("low_freq_factor"), HighFrequencyFactor = s.GetDouble("high_freq_factor"),
                };
            case "yarn":
                return new()
                {
                    Kind = RopeScalingKind.Yarn, OriginalContext = original,
                    Factor = s.TryGetDouble("factor", out double yarn) ? yarn : (double)context / original,
                    BetaFast = s.GetDouble("beta_fast", 32), BetaSlow = s.GetDouble("beta_slow", 1), Truncate = s.GetBool("truncate", true),
                    AttentionFactor = attention ?? YarnAttention(s),
                };
            case "longrope" or "su":
                s.TryGetDoubles("short_factor", out double[] shortFactors);
                s.TryGetDoubles("long_factor", out double[] longFactors);
                return new()
                {
                    Kind = RopeScalingKind.LongRope, OriginalContext = original, AttentionFactor = attention,
                    Factor = config.Has("original_max_position_embeddings") || !s.TryGetDouble("factor", out double stretch) ? (double)context / original : stretch,
                    ShortFactors = shortFactors, LongFactors = longFactors,
                };
            default:
                throw s.Fault("rope_type", $"rope type '{type}' is not supported; supported are default, linear, dynamic, yarn, llama3, longrope");
        }
    }

    /// <summary>YaRN's factor on cosine and sine where DeepSeek's two mscales are given; null otherwise.</summary>
    private static double? YarnAttention(ConfigJson s)
    {
        double factor = s.GetDouble("factor", 1);
        if (!s.TryGetDouble("mscale", out double mscale) || !s.TryGetDouble("mscale_all_dim", out double all) || mscale == 0 || all == 0) return null;
        return YarnScale(factor, mscale) / YarnScale(factor, all);
    }

    /// <summary>0.1 · m · ln(factor) + 1.</summary>
    public static double YarnScale(double factor, double m) => factor <= 1 ? 1 : 0.1 * m * Math.Log(factor) + 1;
}
