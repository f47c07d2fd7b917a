namespace Candor.Tokenizers.Models.Bpe;

/// <summary>How a byte-pair model treats characters and words. Defaults are those of tokenizer.json.</summary>
internal sealed record BpeOptions
{
    /// <summary>The token for characters that the vocabulary lacks; null: they are left out.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Put before every character of a word but the first.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>Put behind the last character of a word.</summary>
    public string EndOfWordSuffix { get; init; } = "";

    /// <summary>Whether neighbouring unknown characters are one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether unknown characters become the tokens of their bytes, &lt;0x00&gt; to &lt;0xFF&gt;.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is in the vocabulary is one token, whatever merges say.</summary>
    public bool IgnoreMerges { get; init; }
}
