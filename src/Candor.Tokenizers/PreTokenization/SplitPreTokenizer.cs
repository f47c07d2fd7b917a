using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.PreTokenization;

/// <summary>Cuts where a pattern matches; inverted, where it does not.</summary>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert) : PreTokenizer
{
    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        var matches = new List<(int Begin, int End)>();
        var sections = new List<(int, int, bool)>();
        text.StartPieces();
        foreach ((int start, int end) in text.Pieces)
        {
            matches.Clear();
            pattern.Find(text.Text.Points[start..end], matches);
            if (behavior == SplitBehavior.Isolated)
            {
                int last = start;
                foreach ((int from, int to) in matches)
                {
                    text.AddPiece(last, start + from);
                    text.AddPiece(start + from, start + to);
                    last = start + to;
                }

                text.AddPiece(last, end);
                continue;
            }

            sections.Clear();
            int at = 0;
            foreach ((int from, int to) in matches)
            {
                if (from > at) sections.Add((at, from, invert));
                sections.Add((from, to, !invert));
                at = to;
            }

            if (at < end - start) sections.Add((at, end - start, invert));
            SplitBehaviors.Cut(text, start, sections, behavior);
        }

        text.CommitPieces();
    }
}
