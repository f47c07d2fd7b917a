using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Decoders;

/// <summary>Takes a character from the ends of each piece, a limited number of times.</summary>
internal sealed class StripDecoder(int content, int start, int stop) : TokenDecoder
{
    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        for (int p = 0; p < pieces.Count; p++)
        {
            int[] points = CodePoints.From(pieces[p]);
            int from = 0, to = points.Length;
            while (from < start && from < to && points[from] == content) from++;
            while (points.Length - to < stop && to > from && points[to - 1] == content) to--;
            if (to - from < points.Length) pieces[p] = CodePoints.ToText(points.AsSpan(from, to - from));
        }
    }
}
