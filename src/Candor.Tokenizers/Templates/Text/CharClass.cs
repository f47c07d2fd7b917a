using System.Globalization;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Classes of characters as Python's text methods see them.</summary>
internal static class CharClass
{
    /// <summary>Characters with Unicode's property Other_Lowercase.</summary>
    private static readonly (int First, int Last)[] OtherLower =
    [
        (0xaa, 0xaa), (0xba, 0xba), (0x2b0, 0x2b8), (0x2c0, 0x2c1), (0x2e0, 0x2e4), (0x345, 0x345), (0x37a, 0x37a),
        (0x1d2c, 0x1d6a), (0x1d78, 0x1d78), (0x1d9b, 0x1dbf), (0x2071, 0x2071), (0x207f, 0x207f), (0x2090, 0x209c),
        (0x2170, 0x217f), (0x24d0, 0x24e9), (0x2c7c, 0x2c7d), (0xa69c, 0xa69d), (0xa770, 0xa770), (0xa7f8, 0xa7f9),
        (0xab5c, 0xab5f), (0x10780, 0x10780), (0x10783, 0x10785), (0x10787, 0x107b0), (0x107b2, 0x107ba),
    ];

    /// <summary>Characters with Unicode's property Other_Uppercase.</summary>
    private static readonly (int First, int Last)[] OtherUpper =
    [
        (0x2160, 0x216f), (0x24b6, 0x24cf), (0x1f130, 0x1f149), (0x1f150, 0x1f169), (0x1f170, 0x1f189),
    ];

    /// <summary>Ideographs that stand for numbers.</summary>
    private static readonly HashSet<int> NumericIdeographs = [.. (
        "\u3405\u3483\u382a\u3b4d\u4e00\u4e03\u4e07\u4e09\u4e5d\u4e8c\u4e94\u4e96\u4ebf\u4ec0\u4edf\u4ee8\u4f0d\u4f70" +
        "\u5104\u5146\u5169\u516b\u516d\u5341\u5343\u5344\u5345\u534c\u53c1\u53c2\u53c3\u53c4\u56db\u58f1\u58f9\u5e7a" +
        "\u5efe\u5eff\u5f0c\u5f0d\u5f0e\u5f10\u62fe\u634c\u67d2\u6f06\u7396\u767e\u8086\u842c\u8cae\u8cb3\u8d30\u9621" +
        "\u9646\u964c\u9678\u96f6\U00020001\U00020064\U000200e2\U00020121\U0002092a\U00020983\U0002098c\U0002099c\U00020aea\U00020afd\U00020b19\U00022390\U00022998\U00023b1b" +
        "\U0002626d").EnumerateRunes().Select(r => r.Value)];

    public static bool IsSpace(char c) => c switch
    {
        ' ' or (>= '\t' and <= '\r') or (>= '\x1c' and <= '\x1f') => true,
        < '\x80' => false,
        '\x85' or '\xa0' or '\u1680' or (>= '\u2000' and <= '\u200a') or '\u2028' or '\u2029' or '\u202f' or '\u205f' or '\u3000' => true,
        _ => false,
    };

    public static bool IsAlpha(Rune r) => Rune.GetUnicodeCategory(r) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter;

    public static bool IsDecimal(Rune r) => Rune.GetUnicodeCategory(r) == UnicodeCategory.DecimalDigitNumber;

    public static bool IsDigit(Rune r) => IsDecimal(r) || CharUnicodeInfo.GetDigitValue(r.ToString(), 0) >= 0;

    public static bool IsNumeric(Rune r) =>
        IsDecimal(r) || CharUnicodeInfo.GetNumericValue(r.ToString(), 0) != -1 || NumericIdeographs.Contains(r.Value);

    public static bool IsAlnum(Rune r) => IsAlpha(r) || IsNumeric(r);

    /// <summary>What the regular expression <c>\w</c> matches.</summary>
    public static bool IsWord(Rune r) => r.Value == '_' || IsAlnum(r);

    public static bool IsLower(Rune r) =>
        r.IsAscii ? r.Value is >= 'a' and <= 'z' : Rune.GetUnicodeCategory(r) == UnicodeCategory.LowercaseLetter || InRanges(OtherLower, r.Value);

    public static bool IsUpper(Rune r) =>
        r.IsAscii ? r.Value is >= 'A' and <= 'Z' : Rune.GetUnicodeCategory(r) == UnicodeCategory.UppercaseLetter || InRanges(OtherUpper, r.Value);

    public static bool IsTitle(Rune r) => Rune.GetUnicodeCategory(r) == UnicodeCategory.TitlecaseLetter;

    public static bool IsCased(Rune r) => IsLower(r) || IsUpper(r) || IsTitle(r);

    /// <summary>Characters that do not end a word when the form of a sigma is chosen.</summary>
    public static bool IsCaseIgnorable(Rune r) =>
        r.Value is '\'' or '.' or ':' or '^' or '`' or 0xa8 or 0xad or 0xaf or 0xb4 or 0xb7 or 0xb8 or 0x387 or 0x2018 or 0x2019 or 0x2024 or 0x2027
        || Rune.GetUnicodeCategory(r) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    public static bool IsPrintable(Rune r) => r.Value == ' ' || Rune.GetUnicodeCategory(r) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);

    public static bool IsIdentifierStart(Rune r) =>
        r.Value == '_' || IsAlpha(r) || Rune.GetUnicodeCategory(r) == UnicodeCategory.LetterNumber || r.Value is 0x2118 or 0x212e;

    public static bool IsIdentifierPart(Rune r) => IsIdentifierStart(r) || r.Value is 0xb7 or 0x387 || Rune.GetUnicodeCategory(r) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.ConnectorPunctuation;

    public static bool IsIdentifier(string text)
    {
        bool first = true;
        foreach (Rune r in text.EnumerateRunes())
        {
            if (!(first ? IsIdentifierStart(r) : IsIdentifierPart(r))) return false;
            first = false;
        }

        return !first;
    }

    private static bool InRanges((int First, int Last)[] ranges, int value)
    {
        foreach ((int first, int last) in ranges)
            if (value >= first && value <= last) return true;
        return false;
    }
}
