namespace Candor.Tokenizers.Gguf;

/// <summary>
/// The vocabulary of a GGUF file: the keys <c>tokenizer.ggml.*</c>. What a file leaves out is null and gets the default of its
/// <see cref="Model"/> when a tokenizer is made.
/// </summary>
public sealed record GgufVocabulary
{
    /// <summary>The file, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>The kind: llama (SentencePiece BPE), gpt2 (byte-level BPE), bert (WordPiece), t5 (unigram), rwkv.</summary>
    public required string Model { get; init; }

    /// <summary>How a gpt2 vocabulary cuts text into words, by llama.cpp's names; null for its default.</summary>
    public string? Pre { get; init; }

    /// <summary>The tokens in the order of their ids.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>A score for each token; null where the file has none.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>A type for each token: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; null where the file has none.</summary>
    public IReadOnlyList<int>? TokenTypes { get; init; }

    /// <summary>Merges of a gpt2 vocabulary, each two tokens with a space between, the first first.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary>The token before a text.</summary>
    public int? BosId { get; init; }

    /// <summary>The token after a text.</summary>
    public int? EosId { get; init; }

    /// <summary>The token for what cannot be spelt.</summary>
    public int? UnknownId { get; init; }

    /// <summary>The token between and after the texts of a pair.</summary>
    public int? SeparatorId { get; init; }

    /// <summary>The token that fills up a batch.</summary>
    public int? PaddingId { get; init; }

    /// <summary>The token before a text to be classified.</summary>
    public int? ClassId { get; init; }

    /// <summary>The token that hides a word.</summary>
    public int? MaskId { get; init; }

    /// <summary>Whether adding special tokens puts <see cref="BosId"/> first.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether adding special tokens puts <see cref="EosId"/> last.</summary>
    public bool? AddEos { get; init; }

    /// <summary>Whether adding special tokens puts <see cref="SeparatorId"/> last.</summary>
    public bool? AddSeparator { get; init; }

    /// <summary>Whether a space is put before a text.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary>Whether runs of spaces become one, and spaces at the ends go.</summary>
    public bool? RemoveExtraWhitespaces { get; init; }

    /// <summary>Whether the space of <see cref="AddSpacePrefix"/> is put behind the text instead.</summary>
    public bool? WhitespaceAsSuffix { get; init; }

    /// <summary>Whether a bert vocabulary is of lower-case letters; null: as its tokens show.</summary>
    public bool? Lowercase { get; init; }

    /// <summary>Whether accents are taken off for a bert vocabulary; null: as <see cref="Lowercase"/>.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>SentencePiece's compiled table of replacements; empty for none.</summary>
    public ReadOnlyMemory<byte> PrecompiledCharsmap { get; init; }

    /// <summary>The model's own chat template.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>The model's name, by which a few models with rules of their own are known.</summary>
    public string? ModelName { get; init; }

    /// <summary>Special tokens by role (<c>bos_token</c>, <c>eos_token</c>, <c>unk_token</c>, <c>pad_token</c>), as templates see them.</summary>
    /// <param name="tokenizer">The tokenizer of this vocabulary.</param>
    public Dictionary<string, string> SpecialTokens(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var special = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string role, int? id) in (ReadOnlySpan<(string, int?)>)[("bos_token", BosId), ("eos_token", EosId), ("unk_token", UnknownId), ("pad_token", PaddingId)])
            if (id is { } known && tokenizer.IdToToken(known) is { } text) special[role] = text;
        return special;
    }

    /// <summary>Reads a vocabulary from metadata.</summary>
    /// <param name="metadata">The file's metadata.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="TokenizerFormatException">A key that must be there is missing, or a number does not fit.</exception>
    public static GgufVocabulary Read(IVocabularyMetadata metadata, string source)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.TryGetString("tokenizer.ggml.model", out string model)) throw new TokenizerFormatException(source, "tokenizer.ggml.model", "missing: the file has no tokenizer");
        if (!metadata.TryGetStrings("tokenizer.ggml.tokens", out string[] tokens)) throw new TokenizerFormatException(source, "tokenizer.ggml.tokens", "missing: the file has no vocabulary");
        return new GgufVocabulary
        {
            Source = source,
            Model = model,
            Pre = Text("tokenizer.ggml.pre"),
            Tokens = tokens,
            Scores = metadata.TryGetFloats("tokenizer.ggml.scores", out float[] scores) ? scores : null,
            TokenTypes = metadata.TryGetInt32s("tokenizer.ggml.token_type", out int[] types) ? types : null,
            Merges = metadata.TryGetStrings("tokenizer.ggml.merges", out string[] merges) ? merges : null,
            BosId = Id("tokenizer.ggml.bos_token_id"),
            EosId = Id("tokenizer.ggml.eos_token_id"),
            UnknownId = Id("tokenizer.ggml.unknown_token_id"),
            SeparatorId = Id("tokenizer.ggml.seperator_token_id") ?? Id("tokenizer.ggml.separator_token_id"),
            PaddingId = Id("tokenizer.ggml.padding_token_id"),
            ClassId = Id("tokenizer.ggml.cls_token_id"),
            MaskId = Id("tokenizer.ggml.mask_token_id"),
            AddBos = Flag("tokenizer.ggml.add_bos_token"),
            AddEos = Flag("tokenizer.ggml.add_eos_token"),
            AddSeparator = Flag("tokenizer.ggml.add_sep_token"),
            AddSpacePrefix = Flag("tokenizer.ggml.add_space_prefix"),
            RemoveExtraWhitespaces = Flag("tokenizer.ggml.remove_extra_whitespaces"),
            WhitespaceAsSuffix = Flag("tokenizer.ggml.treat_whitespace_as_suffix"),
            Lowercase = Flag("tokenizer.ggml.normalizer.lowercase"),
            StripAccents = Flag("tokenizer.ggml.normalizer.strip_accents"),
            PrecompiledCharsmap = metadata.TryGetInt32s("tokenizer.ggml.precompiled_charsmap", out int[] map) ? Bytes(map) : default,
            ChatTemplate = Text("tokenizer.chat_template"),
            ModelName = Text("general.name"),
        };

        string? Text(string key) => metadata.TryGetString(key, out string value) ? value : null;

        bool? Flag(string key) => metadata.TryGetBool(key, out bool value) ? value : null;

        int? Id(string key)
        {
            if (!metadata.TryGetInt64(key, out long value)) return null;
            // Files say "none" with -1 or with its 32 bits read as unsigned.
            if (value is -1 or uint.MaxValue) return null;
            return value >= 0 && value < tokens.Length ? (int)value : throw new TokenizerFormatException(source, key, $"{value} is out of range; the vocabulary has {tokens.Length} tokens");
        }
    }

    private static byte[] Bytes(int[] values)
    {
        byte[] bytes = new byte[values.Length];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)values[i];
        return bytes;
    }
}
