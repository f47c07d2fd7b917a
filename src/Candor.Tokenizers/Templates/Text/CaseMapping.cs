using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's upper, lower, title, capitalize, swapcase and casefold: full Unicode mappings.</summary>
internal static class CaseMapping
{
    private const int BigSigma = 0x3a3;
    private const int FinalSigma = 0x3c2;

    public static string Upper(string text) => Ascii.IsValid(text) ? text.ToUpperInvariant() : Map(text, static (b, _, _, r) => AppendUpper(b, r));

    public static string Lower(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Map(text, AppendLower);

    public static string Fold(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Map(text, static (b, _, _, r) => AppendFold(b, r));

    public static string SwapCase(string text) => Map(text, static (b, s, i, r) =>
    {
        if (CharClass.IsUpper(r)) AppendLower(b, s, i, r);
        else if (CharClass.IsLower(r)) AppendUpper(b, r);
        else b.Append(r);
    });

    public static string Capitalize(string text) => Map(text, static (b, s, i, r) =>
    {
        if (i == 0) AppendTitle(b, r);
        else AppendLower(b, s, i, r);
    });

    /// <summary>Every letter that follows something that has no case becomes a capital, all others small.</summary>
    public static string Title(string text)
    {
        bool inWord = false;
        return Map(text, (b, s, i, r) =>
        {
            if (inWord) AppendLower(b, s, i, r);
            else AppendTitle(b, r);
            inWord = CharClass.IsCased(r);
        });
    }

    public static bool IsTitle(string text)
    {
        bool inWord = false;
        bool any = false;
        foreach (Rune r in text.EnumerateRunes())
        {
            if (CharClass.IsUpper(r) || CharClass.IsTitle(r))
            {
                if (inWord) return false;
                inWord = any = true;
            }
            else if (CharClass.IsLower(r))
            {
                if (!inWord) return false;
                any = true;
            }
            else
            {
                inWord = false;
            }
        }

        return any;
    }

    private static string Map(string text, Action<StringBuilder, string, int, Rune> append)
    {
        var mapped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, i, out Rune r))
            {
                append(mapped, text, i, r);
                i += r.Utf16SequenceLength;
            }
            else
            {
                mapped.Append(text[i++]);
            }
        }

        return mapped.ToString();
    }

    private static void AppendUpper(StringBuilder b, Rune r)
    {
        if (CaseTables.Upper.TryGetValue(r.Value, out string? special)) b.Append(special);
        else b.Append(Rune.ToUpperInvariant(r));
    }

    private static void AppendTitle(StringBuilder b, Rune r)
    {
        if (CaseTables.Title.TryGetValue(r.Value, out string? special)) b.Append(special);
        else if (r.Value is >= 0x10d0 and <= 0x10ff) b.Append(r);
        else AppendUpper(b, r);
    }

    private static void AppendFold(StringBuilder b, Rune r)
    {
        if (CaseTables.Fold.TryGetValue(r.Value, out string? special)) b.Append(special);
        else if (r.Value is (>= 0x13f8 and <= 0x13fd) or (>= 0xab70 and <= 0xabbf)) b.Append(Rune.ToUpperInvariant(r));
        else if (r.Value == 0x130) b.Append("i\u0307");
        else b.Append(Rune.ToLowerInvariant(r));
    }

    private static void AppendLower(StringBuilder b, string text, int at, Rune r)
    {
        if (r.Value == 0x130) b.Append("i\u0307");
        else if (r.Value == BigSigma && EndsWord(text, at)) b.Append((char)FinalSigma);
        else b.Append(Rune.ToLowerInvariant(r));
    }

    private static bool EndsWord(string text, int at)
    {
        int before = at;
        Rune r = default;
        while (before > 0 && Rune.TryGetRuneAt(text, PyText.Previous(text, before), out r) && CharClass.IsCaseIgnorable(r)) before = PyText.Previous(text, before);
        if (before == 0 || !CharClass.IsCased(r)) return false;
        int after = at + 1;
        while (after < text.Length && Rune.TryGetRuneAt(text, after, out r) && CharClass.IsCaseIgnorable(r)) after += r.Utf16SequenceLength;
        return after >= text.Length || !CharClass.IsCased(r);
    }
}
