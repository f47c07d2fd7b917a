using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Questions about all characters of a text.</summary>
internal static class StringPredicates
{
    /// <summary>Whether there are characters and all are of a class.</summary>
    public static bool All(string text, Func<Rune, bool> isOf)
    {
        foreach (Rune r in text.EnumerateRunes())
            if (!isOf(r)) return false;
        return text.Length > 0;
    }

    public static bool IsLower(string text) => HasCase(text, CharClass.IsLower, r => CharClass.IsUpper(r) || CharClass.IsTitle(r));

    public static bool IsUpper(string text) => HasCase(text, CharClass.IsUpper, r => CharClass.IsLower(r) || CharClass.IsTitle(r));

    public static bool IsPrintable(string text)
    {
        foreach (Rune r in text.EnumerateRunes())
            if (!CharClass.IsPrintable(r)) return false;
        return true;
    }

    private static bool HasCase(string text, Func<Rune, bool> wanted, Func<Rune, bool> unwanted)
    {
        bool any = false;
        foreach (Rune r in text.EnumerateRunes())
        {
            if (unwanted(r)) return false;
            any |= wanted(r);
        }

        return any;
    }
}
