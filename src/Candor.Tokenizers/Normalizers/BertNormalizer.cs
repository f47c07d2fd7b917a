using System.Globalization;
using Candor.Tokenizers.Text;
using Candor.Tokenizers.Unicode;

namespace Candor.Tokenizers.Normalizers;

/// <summary>BERT's normalization: clean up, spaces around Chinese characters, no accents, small letters.</summary>
internal sealed class BertNormalizer(bool cleanText, bool handleChinese, bool stripAccents, bool lowercase) : Normalizer
{
    private static readonly UnicodeNormalizer Decompose = new(UnicodeForm.Nfd);
    private static readonly StripAccentsNormalizer StripAccents = new(spacingToo: false);
    private static readonly LowercaseNormalizer Lowercase = new();

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        if (cleanText)
        {
            Filter(text, c => c is not (0 or 0xFFFD) && !IsControl(c));
            Map(text, c => CodePoints.IsWhiteSpace(c) ? ' ' : c);
        }

        if (handleChinese) SpaceChinese(text);
        if (stripAccents)
        {
            Decompose.Apply(text);
            StripAccents.Apply(text);
        }

        if (lowercase) Lowercase.Apply(text);
    }

    private static bool IsControl(int c)
    {
        if (c < 0x7F) return c < 0x20 && c is not ('\t' or '\n' or '\r');
        return CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;
    }

    private static void SpaceChinese(AlignedText text)
    {
        ReadOnlySpan<int> points = text.Points;
        int first = 0;
        while (first < points.Length && !IsChinese(points[first])) first++;
        if (first == points.Length) return;
        text.StartEdit();
        for (int i = 0; i < points.Length; i++)
        {
            bool chinese = IsChinese(points[i]);
            if (chinese) text.Put(' ', i);
            text.Put(points[i], i);
            if (chinese) text.Put(' ', i);
        }

        text.Commit();
    }

    private static bool IsChinese(int c) => c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x2F800 and <= 0x2FA1F);
}
