namespace Candor.Tokenizers;

/// <summary>
/// What lies beside a tokenizer's vocabulary in a model's folder: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and
/// the files of chat templates. Everything may be missing.
/// </summary>
public sealed record TokenizerConfig
{
    /// <summary>Nothing said.</summary>
    public static TokenizerConfig Empty { get; } = new();

    /// <summary>The name of the class that the file was written for, such as LlamaTokenizerFast.</summary>
    public string? TokenizerClass { get; init; }

    /// <summary>Named special tokens by their role: bos_token, eos_token, unk_token, pad_token and so on.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>The token before a text.</summary>
    public string? BosToken => SpecialTokens.GetValueOrDefault("bos_token");

    /// <summary>The token that ends a text.</summary>
    public string? EosToken => SpecialTokens.GetValueOrDefault("eos_token");

    /// <summary>The token for what the vocabulary cannot spell.</summary>
    public string? UnkToken => SpecialTokens.GetValueOrDefault("unk_token");

    /// <summary>The token that fills up batches.</summary>
    public string? PadToken => SpecialTokens.GetValueOrDefault("pad_token");

    /// <summary>Further special tokens without a role.</summary>
    public IReadOnlyList<string> AdditionalSpecialTokens { get; init; } = [];

    /// <summary>Added tokens as the configuration lists them, in the order of ids.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Whether BOS is put before texts. Counts only for vocabularies without a post-processor: a tokenizer.json speaks for itself.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>Whether EOS is put behind texts. Counts only for vocabularies without a post-processor: a tokenizer.json speaks for itself.</summary>
    public bool? AddEosToken { get; init; }

    /// <summary>Whether a space is put before texts. Counts only for vocabularies without a pre-tokenizer.</summary>
    public bool? AddPrefixSpace { get; init; }

    /// <summary>False: sections behind special tokens get no space before them (LLaMA's newer behaviour, Mistral).</summary>
    public bool? Legacy { get; init; }

    /// <summary>Whether texts become small letters. Counts for vocab.txt only.</summary>
    public bool? DoLowerCase { get; init; }

    /// <summary>Whether accents are taken away. Counts for vocab.txt only.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Whether Chinese characters are words of their own. Counts for vocab.txt only.</summary>
    public bool? TokenizeChineseChars { get; init; }

    /// <summary>
    /// What the file says of tidying decoded text. Decoding does not go by it: taking spaces out before punctuation would make
    /// decoding differ from what was encoded.
    /// </summary>
    public bool? CleanUpTokenizationSpaces { get; init; }

    /// <summary>The longest text in tokens that the model is made for; null where it is not said or has no limit.</summary>
    public int? ModelMaxLength { get; init; }

    /// <summary>Chat templates by name; the usual one is called <c>default</c>.</summary>
    public IReadOnlyDictionary<string, string> ChatTemplates { get; init; } = new Dictionary<string, string>();

    /// <summary>The usual chat template (Jinja), or null.</summary>
    public string? ChatTemplate => ChatTemplates.GetValueOrDefault("default");

    /// <summary>Reads what a folder says.</summary>
    /// <exception cref="TokenizerFormatException">A file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static TokenizerConfig Load(string folder) => Folders.TokenizerConfigReader.Read(folder);
}
