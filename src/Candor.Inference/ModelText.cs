using Candor.Bridges;
using Candor.Formats;
using Candor.Tokenizers;
using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.Templates;

namespace Candor.Inference;

/// <summary>What turns text into a model's tokens and back: tokenizer, chat templates, special tokens. Each is null or empty where the model has none.</summary>
public sealed record ModelText
{
    /// <summary>The tokenizer.</summary>
    public Tokenizer? Tokenizer { get; init; }

    /// <summary>The model's own chat templates.</summary>
    public ChatTemplateSet? Templates { get; init; }

    /// <summary>Special tokens by role (<c>bos_token</c>, <c>eos_token</c>, …), as templates see them.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Ids that end a text.</summary>
    public IReadOnlySet<int> EndIds { get; init; } = new HashSet<int>();

    /// <summary>The id that begins a text, or null.</summary>
    public int? BosId { get; init; }

    /// <summary>Reads a vocabulary, templates and special tokens from GGUF metadata.</summary>
    /// <exception cref="TokenizerFormatException">The vocabulary is damaged or of an unknown kind.</exception>
    public static ModelText FromGguf(GgufFile file)
    {
        GgufMetadata m = file.Metadata;
        string? template = m.GetString("tokenizer.chat_template", null);
        string model = m.GetString("tokenizer.ggml.model", null) ?? "none";
        if (model is "none" or "no_vocab") return new ModelText { Templates = template is null ? null : ChatTemplateSet.Of(template) };
        GgufVocabulary vocabulary = GgufVocabulary.Read(new GgufVocabularyMetadata(m), file.Path);
        Tokenizer tokenizer = GgufTokenizer.Create(vocabulary);
        Dictionary<string, string> special = vocabulary.SpecialTokens(tokenizer);
        var ends = new HashSet<int>();
        foreach (string key in (string[])["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"])
            if (m.TryGetInt64(key, out long id) && id >= 0 && id < tokenizer.VocabularySize) ends.Add((int)id);
        if (m.TryGetInt32s("tokenizer.ggml.eos_token_ids", out int[] more)) ends.UnionWith(more.Where(id => id >= 0 && id < tokenizer.VocabularySize));
        AddTurnEnds(tokenizer, ends);
        return new ModelText
        {
            Tokenizer = tokenizer, SpecialTokens = special, EndIds = ends, BosId = vocabulary.BosId,
            Templates = SetOf(template is null ? [] : [new("default", template), .. NamedTemplates(m)]),
        };
    }

    /// <summary>Reads them from a Hugging Face folder; a folder without a tokenizer gives a text without one.</summary>
    /// <exception cref="TokenizerFormatException">A file is damaged.</exception>
    public static ModelText FromFolder(ModelFolder folder)
    {
        bool any = folder.TokenizerJson is not null || folder.TokenizerModel is not null || folder.Find("vocab.json") is not null || folder.Find("vocab.txt") is not null || folder.Find("tekken.json") is not null;
        TokenizerFolder? opened = any ? TokenizerFolder.Open(folder.Path) : null;
        TokenizerConfig config = opened?.Config ?? TokenizerConfig.Load(folder.Path);
        var ends = new HashSet<int>();
        ConfigJson? generation = folder.ReadGenerationConfig();
        if (generation?.TryGetIntOrInts("eos_token_id", out int[] ids) == true || (folder.HasConfig && folder.Config.TryGetIntOrInts("eos_token_id", out ids))) ends.UnionWith(ids);
        int? bos = config.BosToken is { } token ? opened?.Tokenizer.TokenToId(token) : null;
        return new ModelText
        {
            Tokenizer = opened?.Tokenizer, SpecialTokens = config.SpecialTokens, EndIds = ends, BosId = bos, Templates = SetOf([.. config.ChatTemplates]),
        };
    }

    private static ChatTemplateSet? SetOf(IReadOnlyList<KeyValuePair<string, string>> sources) => sources.Count == 0 ? null : new ChatTemplateSet(sources);

    private static IEnumerable<KeyValuePair<string, string>> NamedTemplates(GgufMetadata m)
    {
        if (!m.TryGetStrings("tokenizer.chat_templates", out string[] names)) yield break;
        foreach (string name in names)
            if (m.GetString("tokenizer.chat_template." + name, null) is { } source) yield return new(name, source);
    }

    /// <summary>Files of chat models often name only one end; tokens that end a turn by convention end a text too.</summary>
    private static void AddTurnEnds(Tokenizer tokenizer, HashSet<int> ends)
    {
        foreach (string token in (string[])["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|endoftext|>", "<|eom_id|>"])
            if (tokenizer.TokenToId(token) is { } id && tokenizer.IsSpecial(id)) ends.Add(id);
    }
}
