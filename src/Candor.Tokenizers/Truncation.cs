namespace Candor.Tokenizers;

/// <summary>An end of a text.</summary>
public enum TextSide
{
    /// <summary>The beginning.</summary>
    Left,

    /// <summary>The end.</summary>
    Right,
}

/// <summary>How long encodings may be, as a tokenizer's file asks for it. Encoding never applies it by itself.</summary>
/// <param name="MaxLength">Most tokens of an encoding, special tokens included.</param>
/// <param name="Side">Where tokens are cut off.</param>
/// <param name="Strategy">Which text of a pair is cut: longest_first, only_first or only_second.</param>
/// <param name="Stride">By how many tokens parts of a long text overlap.</param>
public sealed record Truncation(int MaxLength, TextSide Side, string Strategy, int Stride);

/// <summary>How encodings of a batch are made equally long, as a tokenizer's file asks for it. Encoding never applies it by itself.</summary>
/// <param name="FixedLength">The length, or null: that of the longest encoding of the batch.</param>
/// <param name="MultipleOf">Lengths are rounded up to a multiple of this; 1 where they are not.</param>
/// <param name="Side">Where padding goes.</param>
/// <param name="Id">The padding token.</param>
/// <param name="TypeId">Its segment.</param>
/// <param name="Token">Its spelling.</param>
public sealed record Padding(int? FixedLength, int MultipleOf, TextSide Side, int Id, int TypeId, string Token);

/// <summary>An encoding of a batch after truncation and padding.</summary>
/// <param name="Encoding">The tokens, padding included; padding has 1 in the special tokens mask.</param>
/// <param name="AttentionMask">1 for tokens, 0 for padding.</param>
public sealed record PaddedEncoding(Encoding Encoding, IReadOnlyList<int> AttentionMask);
