using Candor.Tokenizers.Regex;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.PreTokenization;

/// <summary>Words, and runs of what is neither word nor white space; white space vanishes.</summary>
internal sealed class WhitespacePreTokenizer : PreTokenizer
{
    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        text.StartPieces();
        foreach ((int start, int end) in text.Pieces)
        {
            ReadOnlySpan<int> points = text.Text.Points;
            for (int at = start; at < end;)
            {
                int kind = Kind(points[at]);
                int stop = at + 1;
                while (stop < end && Kind(points[stop]) == kind) stop++;
                if (kind != 0) text.AddPiece(at, stop);
                at = stop;
            }
        }

        text.CommitPieces();
    }

    private static int Kind(int c) => UnicodeProperties.WordWithJoiners.Contains(c) ? 1 : CodePoints.IsWhiteSpace(c) ? 0 : 2;
}
