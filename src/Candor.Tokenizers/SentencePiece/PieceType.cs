namespace Candor.Tokenizers.SentencePiece;

/// <summary>What a piece of a vocabulary is. GGUF files use the same numbers.</summary>
public enum PieceType
{
    /// <summary>A piece of text.</summary>
    Normal = 1,

    /// <summary>Stands for what the vocabulary cannot spell.</summary>
    Unknown = 2,

    /// <summary>A control token, such as the beginning of a text; never found in text by itself.</summary>
    Control = 3,

    /// <summary>A symbol that is always one token wherever it occurs.</summary>
    UserDefined = 4,

    /// <summary>A piece that takes part in merging but is never given out.</summary>
    Unused = 5,

    /// <summary>One byte, spelt <c>&lt;0x41&gt;</c>.</summary>
    Byte = 6,
}
