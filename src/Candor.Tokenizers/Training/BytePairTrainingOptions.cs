namespace Candor.Tokenizers.Training;

/// <summary>How a byte-level BPE tokenizer is learnt.</summary>
public sealed record BytePairTrainingOptions
{
    /// <summary>Tokens: special ones, 256 bytes, and as many merges as there is room for.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Special tokens, which get the first ids. Default: none.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Pairs that are rarer than this are not merged. Default 2.</summary>
    public long MinCount { get; init; } = 2;

    /// <summary>How text is cut into words, by the names that GGUF files use. Default <c>gpt-2</c>.</summary>
    public string PreTokenizer { get; init; } = "gpt-2";
}
