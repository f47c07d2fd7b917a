using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>Puts a fixed text where a pattern matches. The new text stands at the place of the last character replaced.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    private readonly int[] _content = CodePoints.From(content);

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        var matches = new List<(int Begin, int End)>();
        pattern.Find(text.Points, matches);
        if (matches.Count == 0) return;
        ReadOnlySpan<int> points = text.Points;
        int at = 0;
        text.StartEdit();
        foreach ((int begin, int end) in matches)
        {
            for (; at < begin; at++) text.Put(points[at], at);
            foreach (int c in _content) text.Put(c, end - 1);
            at = end;
        }

        for (; at < points.Length; at++) text.Put(points[at], at);
        text.Commit();
    }
}
