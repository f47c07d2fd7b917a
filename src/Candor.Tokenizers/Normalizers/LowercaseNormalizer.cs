using System.Text;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>Small letters, character by character (no rule for the final sigma).</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    private const int DottedCapitalI = 0x130;

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        ReadOnlySpan<int> points = text.Points;
        text.StartEdit();
        for (int i = 0; i < points.Length; i++)
        {
            int c = points[i];
            if (c < 0x80) text.Put(c is >= 'A' and <= 'Z' ? c + 32 : c, i);
            else if (c == DottedCapitalI)
            {
                // The one character whose small form is two: i and a dot above.
                text.Put('i', i);
                text.Put(0x307, i);
            }
            else text.Put(Rune.ToLowerInvariant(new Rune(c)).Value, i);
        }

        text.Commit();
    }
}
