namespace Candor.Tokenizers.Decoders;

/// <summary>Connectionist temporal classification: repeated tokens are one, padding vanishes.</summary>
internal sealed class CtcDecoder(string padToken, string wordDelimiter, bool cleanUp) : TokenDecoder
{
    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        var result = new List<string>(pieces.Count);
        for (int i = 0; i < pieces.Count; i++)
        {
            if (i > 0 && pieces[i] == pieces[i - 1]) continue;
            string piece = padToken.Length > 0 ? pieces[i].Replace(padToken, "", StringComparison.Ordinal) : pieces[i];
            if (cleanUp)
            {
                piece = WordPieceDecoder.CleanUp(piece);
                if (wordDelimiter.Length > 0) piece = piece.Replace(wordDelimiter, " ", StringComparison.Ordinal);
            }

            if (piece.Length > 0) result.Add(piece);
        }

        pieces.Clear();
        pieces.AddRange(result);
    }
}
