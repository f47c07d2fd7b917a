using System.Globalization;

namespace Candor.Tokenizers.PreTokenization;

/// <summary>Kinds of characters that pre-tokenizers ask for.</summary>
internal static class CharacterKinds
{
    /// <summary>ASCII punctuation and symbols, and all of Unicode's punctuation.</summary>
    public static bool IsPunctuation(int c)
    {
        if (c < 0x80) return c is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~');
        return CharUnicodeInfo.GetUnicodeCategory(c) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
    }

    /// <summary>Numbers of all kinds.</summary>
    public static bool IsNumeric(int c) => c < 0x80
        ? c is >= '0' and <= '9'
        : CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
