namespace Candor.Tokenizers.SentencePiece;

/// <summary>What is done to a text before it is cut into pieces.</summary>
internal sealed record NormalizerSettings
{
    /// <summary>Replacement rules, longest prefix first; null for none.</summary>
    public CharacterMap? Map { get; init; }

    /// <summary>One space is put before the text (or after it, see <see cref="WhitespaceAsSuffix"/>).</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Spaces at the ends go, runs of spaces become one.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Spaces become U+2581.</summary>
    public bool EscapeWhitespaces { get; init; } = true;

    /// <summary>The dummy space stands at the text's end.</summary>
    public bool WhitespaceAsSuffix { get; init; }
}
