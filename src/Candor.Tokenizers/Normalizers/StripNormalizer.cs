using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>Leaves out white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        ReadOnlySpan<int> points = text.Points;
        int start = 0, end = points.Length;
        while (left && start < end && CodePoints.IsWhiteSpace(points[start])) start++;
        while (right && end > start && CodePoints.IsWhiteSpace(points[end - 1])) end--;
        if (end - start == points.Length) return;
        text.StartEdit();
        for (int i = start; i < end; i++) text.Put(points[i], i);
        text.Commit();
    }
}
