using System.Globalization;

namespace Candor.Formats;

/// <summary>
/// A model as Hugging Face lays it out: <c>config.json</c>, weights and a tokenizer's files in one folder. Only what is
/// asked for is read. Thread-safe.
/// </summary>
public sealed class ModelFolder
{
    private const string ConfigName = "config.json";
    private const string SingleName = "model.safetensors";
    private const string IndexName = "model.safetensors.index.json";
    private readonly Lazy<ConfigJson> config;

    private ModelFolder(string path)
    {
        Path = path;
        config = new(() => ConfigJson.Read(Require(ConfigName)));
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Whether there is a <c>config.json</c>.</summary>
    public bool HasConfig => Find(ConfigName) is not null;

    /// <summary><c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">It is missing or damaged.</exception>
    public ConfigJson Config => config.Value;

    /// <summary>The path of <c>tokenizer.json</c>, or null.</summary>
    public string? TokenizerJson => Find("tokenizer.json");

    /// <summary>The path of the SentencePiece model <c>tokenizer.model</c>, or null.</summary>
    public string? TokenizerModel => Find("tokenizer.model") ?? Find("spiece.model");

    /// <summary>The path of <c>tokenizer_config.json</c>, or null.</summary>
    public string? TokenizerConfig => Find("tokenizer_config.json");

    /// <summary>The path of <c>special_tokens_map.json</c>, or null.</summary>
    public string? SpecialTokensMap => Find("special_tokens_map.json");

    /// <summary>The path of <c>added_tokens.json</c>, or null.</summary>
    public string? AddedTokens => Find("added_tokens.json");

    /// <summary>The path of <c>chat_template.jinja</c>, or null.</summary>
    public string? ChatTemplate => Find("chat_template.jinja");

    /// <summary>Opens a folder without reading its files.</summary>
    /// <exception cref="ModelFormatException">There is no such folder.</exception>
    public static ModelFolder Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path)) return new ModelFolder(path);
        throw new ModelFormatException(path, "", File.Exists(path) ? "is a file, a folder is expected" : "no such folder");
    }

    /// <summary>The path of a file of the folder, or null where it has none of that name.</summary>
    /// <param name="name">The file's name, or a path below the folder.</param>
    public string? Find(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        return File.Exists(path) ? path : null;
    }

    /// <summary><c>generation_config.json</c>, or null where there is none.</summary>
    /// <exception cref="ModelFormatException">It is damaged.</exception>
    public ConfigJson? ReadGenerationConfig() => ReadOptional("generation_config.json");

    /// <summary>A JSON object of the folder, or null where there is none.</summary>
    /// <param name="name">The file's name.</param>
    /// <exception cref="ModelFormatException">It is damaged.</exception>
    public ConfigJson? ReadOptional(string name) => Find(name) is { } path ? ConfigJson.Read(path) : null;

    /// <summary>
    /// Opens the weights: the shards that <c>model.safetensors.index.json</c> names, and nothing else; without an index
    /// <c>model.safetensors</c>; without that the only other safetensors file, or the only complete set of shards.
    /// </summary>
    /// <exception cref="ModelFormatException">There are none, they are damaged, or they are pickle files.</exception>
    public SafetensorsStore OpenWeights()
    {
        if (Find(IndexName) is { } index) return SafetensorsStore.Open(index);
        if (Find(SingleName) is { } single) return SafetensorsStore.Open(single);
        string[] names = [.. Directory.EnumerateFiles(Path).Select(f => System.IO.Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        string[] indexes = [.. names.Where(n => n.EndsWith(".safetensors.index.json", StringComparison.Ordinal))];
        if (indexes.Length == 1) return SafetensorsStore.Open(System.IO.Path.Combine(Path, indexes[0]));
        string[] files = [.. names.Where(n => n.EndsWith(".safetensors", StringComparison.Ordinal))];
        if (files.Length == 1) return SafetensorsStore.Open(System.IO.Path.Combine(Path, files[0]));
        if (ShardName.IsCompleteSet(files)) return SafetensorsStore.Open(Path, files.Select(f => System.IO.Path.Combine(Path, f)));
        if (files.Length > 1)
            throw new ModelFormatException(Path, "", $"has {files.Length} safetensors files ({files[0]}, {files[1]}…), but no {IndexName} and no {SingleName} to say which hold the weights");
        if (names.FirstOrDefault(ModelFile.HasPickleName) is { } pickle) throw ModelFile.Pickle(System.IO.Path.Combine(Path, pickle));
        if (names.FirstOrDefault(n => n.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) is { } gguf)
            throw new ModelFormatException(Path, "", $"has no {SingleName}; it has {gguf}, which can be opened by itself");
        throw new ModelFormatException(Path, "", $"has no weights: neither {IndexName} nor {SingleName}");
    }

    /// <summary>The modules of a sentence-transformers model, or null where the folder is not one.</summary>
    /// <exception cref="ModelFormatException">Its files are damaged.</exception>
    public SentenceModules? ReadSentenceModules() => Find("modules.json") is null ? null : SentenceModules.Read(this);

    private string Require(string name) =>
        Find(name) ?? throw new ModelFormatException(Path, "", $"has no {name}, so it is not a model's folder");

    /// <summary>Names of shards: <c>PREFIX-00001-of-00003.safetensors</c>.</summary>
    private static class ShardName
    {
        public static bool IsCompleteSet(string[] names)
        {
            int at = names.Length == 0 ? -1 : names[0].LastIndexOf("-00001-of-", StringComparison.Ordinal);
            if (at < 0) return false;
            string prefix = names[0][..at];
            for (int i = 0; i < names.Length; i++)
                if (names[i] != string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i + 1:D5}-of-{names.Length:D5}.safetensors")) return false;
            return true;
        }
    }
}
