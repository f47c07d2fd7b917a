namespace Candor.Tokenizers.PreTokenization;

/// <summary>Pieces of a fixed number of characters.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        text.StartPieces();
        foreach ((int start, int end) in text.Pieces)
            for (int at = start; at < end; at += length) text.AddPiece(at, Math.Min(end, at + length));
        text.CommitPieces();
    }
}
