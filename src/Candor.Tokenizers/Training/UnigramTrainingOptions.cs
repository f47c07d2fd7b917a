namespace Candor.Tokenizers.Training;

/// <summary>How a unigram tokenizer is learnt.</summary>
public sealed record UnigramTrainingOptions
{
    /// <summary>Tokens: special ones, an unknown one, 256 bytes, and as many pieces as there is room for.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Special tokens, which get the first ids. Default: none.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Share of the text's characters that get a piece of their own; the rarest others are spelt in bytes. Default 0.9995.</summary>
    public double CharacterCoverage { get; init; } = 0.9995;

    /// <summary>The most characters of a piece. Default 16.</summary>
    public int MaxPieceLength { get; init; } = 16;

    /// <summary>Pieces to begin with, of which the less useful are dropped bit by bit. Default 1,000,000.</summary>
    public int SeedSize { get; init; } = 1_000_000;
}
