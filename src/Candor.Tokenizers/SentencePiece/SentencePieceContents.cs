namespace Candor.Tokenizers.SentencePiece;

/// <summary>What a vocabulary says of itself, before it is checked.</summary>
internal sealed record SentencePieceContents
{
    /// <summary>Greatest length of a piece in bytes, which is SentencePiece's own limit.</summary>
    public const int LongestPiece = 8000;

    /// <summary>The file (or other source), for messages.</summary>
    public required string Source { get; init; }

    /// <summary>All pieces in the order of their ids.</summary>
    public required IReadOnlyList<(string Text, float Score, PieceType Type)> Pieces { get; init; }

    /// <summary>How text is cut.</summary>
    public SegmentationKind Kind { get; init; } = SegmentationKind.Unigram;

    /// <summary>Characters outside the vocabulary become byte tokens.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>The unknown token, where it is not the only piece of that type.</summary>
    public int? UnknownId { get; init; }

    /// <summary>What an unknown token is decoded to.</summary>
    public string UnknownSurface { get; init; } = " \u2047 ";

    /// <summary>Spelling of the token before a text.</summary>
    public string BosPiece { get; init; } = "<s>";

    /// <summary>Spelling of the token after a text.</summary>
    public string EosPiece { get; init; } = "</s>";

    /// <summary>What is done to a text before it is cut.</summary>
    public NormalizerSettings Normalizer { get; init; } = new();

    /// <summary>What is done to a decoded text; null for nothing.</summary>
    public NormalizerSettings? Denormalizer { get; init; }
}
