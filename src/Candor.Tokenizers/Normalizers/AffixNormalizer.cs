using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>Puts a fixed text before or behind every text that is not empty.</summary>
internal sealed class AffixNormalizer(string affix, bool atEnd) : Normalizer
{
    private readonly int[] _affix = CodePoints.From(affix);

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        if (text.Length == 0) return;
        ReadOnlySpan<int> points = text.Points;
        text.StartEdit();
        if (!atEnd)
            foreach (int c in _affix) text.Put(c, 0);
        for (int i = 0; i < points.Length; i++) text.Put(points[i], i);
        if (atEnd)
            foreach (int c in _affix) text.Put(c, points.Length - 1);
        text.Commit();
    }
}
