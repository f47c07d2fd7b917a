using System.Text;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Decoders;

/// <summary>Puts a fixed text where a pattern matches, in each piece.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : TokenDecoder
{
    /// <inheritdoc/>
    public override void Apply(List<string> pieces)
    {
        var matches = new List<(int Begin, int End)>();
        for (int p = 0; p < pieces.Count; p++)
        {
            int[] points = CodePoints.From(pieces[p]);
            matches.Clear();
            pattern.Find(points, matches);
            if (matches.Count == 0) continue;
            var text = new StringBuilder();
            int at = 0;
            foreach ((int begin, int end) in matches)
            {
                text.Append(CodePoints.ToText(points.AsSpan(at, begin - at))).Append(content);
                at = end;
            }

            pieces[p] = text.Append(CodePoints.ToText(points.AsSpan(at))).ToString();
        }
    }
}
