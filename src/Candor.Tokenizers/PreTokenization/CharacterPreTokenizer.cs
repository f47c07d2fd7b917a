namespace Candor.Tokenizers.PreTokenization;

/// <summary>Cuts at single characters of a kind: white space, punctuation, digits, a given delimiter.</summary>
internal sealed class CharacterPreTokenizer(Func<int, bool> isDelimiter, SplitBehavior behavior) : PreTokenizer
{
    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        var sections = new List<(int, int, bool)>();
        text.StartPieces();
        foreach ((int start, int end) in text.Pieces)
        {
            ReadOnlySpan<int> piece = text.Text.Points[start..end];
            sections.Clear();
            int from = 0;
            for (int i = 0; i < piece.Length; i++)
            {
                if (!isDelimiter(piece[i])) continue;
                if (i > from) sections.Add((from, i, false));
                sections.Add((i, i + 1, true));
                from = i + 1;
            }

            if (from < piece.Length) sections.Add((from, piece.Length, false));
            SplitBehaviors.Cut(text, start, sections, behavior);
        }

        text.CommitPieces();
    }
}
