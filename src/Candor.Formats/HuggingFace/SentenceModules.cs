namespace Candor.Formats;

/// <summary>How one vector is made of a text's token vectors.</summary>
public enum PoolingMode
{
    /// <summary>The vector of the first token.</summary>
    FirstToken,
    /// <summary>The greatest value of each element.</summary>
    Max,
    /// <summary>The mean.</summary>
    Mean,
    /// <summary>The sum divided by the square root of the number of tokens.</summary>
    MeanBySquareRoot,
    /// <summary>The mean weighted by position: 1, 2, 3, …</summary>
    WeightedMean,
    /// <summary>The vector of the last token.</summary>
    LastToken,
}

/// <summary>
/// What <c>modules.json</c> of a sentence-transformers model says to do with the transformer's output
/// (https://sbert.net).
/// </summary>
/// <param name="Modules">The modules' kinds in order, such as <c>Transformer</c>, <c>Pooling</c>, <c>Normalize</c>.</param>
/// <param name="Pooling">The modes whose vectors are put side by side, in this order; empty where there is no pooling module.</param>
/// <param name="Normalize">Whether the vector is scaled to length 1.</param>
/// <param name="MaxTokens">Texts are cut to so many tokens, special ones included; null where nothing says so.</param>
public sealed record SentenceModules(IReadOnlyList<string> Modules, IReadOnlyList<PoolingMode> Pooling, bool Normalize, int? MaxTokens)
{
    // In the order in which sentence-transformers concatenates them.
    private static readonly (PoolingMode Mode, string Key, string Name)[] Modes =
    [
        (PoolingMode.FirstToken, "pooling_mode_cls_token", "cls"),
        (PoolingMode.Max, "pooling_mode_max_tokens", "max"),
        (PoolingMode.Mean, "pooling_mode_mean_tokens", "mean"),
        (PoolingMode.MeanBySquareRoot, "pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
        (PoolingMode.WeightedMean, "pooling_mode_weightedmean_tokens", "weightedmean"),
        (PoolingMode.LastToken, "pooling_mode_lasttoken", "lasttoken"),
    ];

    internal static SentenceModules Read(ModelFolder folder)
    {
        var kinds = new List<string>();
        var pooling = new List<PoolingMode>();
        bool normalize = false;
        foreach (ConfigJson module in ConfigJson.ReadList(folder.Find("modules.json")!))
        {
            string type = module.GetString("type");
            string kind = type[(type.LastIndexOf('.') + 1)..];
            kinds.Add(kind);
            if (kind == "Normalize") normalize = true;
            if (kind == "Pooling") pooling.AddRange(ReadPooling(folder, module));
        }

        int? limit = folder.ReadOptional("sentence_bert_config.json") is { } config && config.TryGetInt("max_seq_length", out int length) ? length : null;
        if (limit is < 1) throw new ModelFormatException(folder.Path, "sentence_bert_config.json: max_seq_length", $"is {limit}, 1 or more is expected");
        return new SentenceModules(kinds, pooling, normalize, limit);
    }

    private static PoolingMode[] ReadPooling(ModelFolder folder, ConfigJson module)
    {
        string path = module.GetString("path", "");
        if (path.AsSpan().ContainsAny("\\:\0") || System.IO.Path.IsPathRooted(path) || path.Split('/').Contains(".."))
            throw module.Fault("path", $"is {ModelFile.Quote(path)}, a folder below the model's is expected");
        string file = System.IO.Path.Combine(folder.Path, path, "config.json");
        ConfigJson config = ConfigJson.Read(file);
        if (config.TryGetString("pooling_mode", out string? name))
        {
            foreach ((PoolingMode mode, _, string known) in Modes)
                if (name == known) return [mode];
            throw config.Fault("pooling_mode", $"is {ModelFile.Quote(name)}, one of {string.Join(", ", Modes.Select(m => m.Name))} is expected");
        }

        bool any = Modes.Any(m => config.Has(m.Key));
        PoolingMode[] modes = any ? [.. Modes.Where(m => config.GetBool(m.Key, m.Mode is PoolingMode.Mean)).Select(m => m.Mode)] : [PoolingMode.Mean];
        return modes.Length > 0 ? modes : throw new ModelFormatException(file, "", "no pooling mode is true");
    }
}
