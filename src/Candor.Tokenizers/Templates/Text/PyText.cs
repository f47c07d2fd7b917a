using System.Buffers;

namespace Candor.Tokenizers.Templates;

/// <summary>Texts in UTF-16 handled as Python handles texts of code points.</summary>
internal static class PyText
{
    /// <summary>Above this length a needle makes a search costly.</summary>
    private const int CheapNeedle = 32;

    /// <summary>How many code points; half a surrogate pair counts as one.</summary>
    public static int CodePoints(string text)
    {
        int first = text.AsSpan().IndexOfAnyInRange('\ud800', '\udbff');
        if (first < 0) return text.Length;
        int pairs = 0;
        for (int i = first; i + 1 < text.Length; i++)
        {
            if (!char.IsSurrogatePair(text[i], text[i + 1])) continue;
            pairs++;
            i++;
        }

        return text.Length - pairs;
    }

    /// <summary>UTF-16 units of the code point at a place.</summary>
    public static int Width(string text, int at) =>
        at + 1 < text.Length && char.IsHighSurrogate(text[at]) && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    /// <summary>The place of the code point that ends before another place.</summary>
    public static int Previous(string text, int at) =>
        at > 1 && char.IsLowSurrogate(text[at - 1]) && char.IsHighSurrogate(text[at - 2]) ? at - 2 : at - 1;

    /// <summary>The UTF-16 place of a code point by its number.</summary>
    public static int Offset(string text, int codePoint)
    {
        int at = 0;
        for (; codePoint > 0; codePoint--) at += Width(text, at);
        return at;
    }

    /// <summary>The UTF-16 places of all code points, and the end.</summary>
    public static int[] Offsets(string text)
    {
        var places = new List<int>(text.Length + 1);
        for (int at = 0; at < text.Length; at += Width(text, at)) places.Add(at);
        places.Add(text.Length);
        return [.. places];
    }

    /// <summary>Code points from one number to another.</summary>
    public static string Slice(StringValue text, int from, int to)
    {
        if (from >= to) return "";
        if (text.IsSimple) return text.Value[from..to];
        int begin = Offset(text.Value, from);
        int end = begin;
        for (int i = from; i < to; i++) end += Width(text.Value, end);
        return text.Value[begin..end];
    }

    /// <summary>Order by code points.</summary>
    public static int Compare(string a, string b)
    {
        int shared = a.AsSpan().CommonPrefixLength(b);
        if (shared == a.Length || shared == b.Length) return a.Length.CompareTo(b.Length);
        char x = a[shared];
        char y = b[shared];

        // Surrogates stand for code points above all others.
        if (char.IsSurrogate(x) != char.IsSurrogate(y)) return char.IsSurrogate(x) ? 1 : -1;
        return x.CompareTo(y);
    }

    /// <summary>The UTF-16 place of a part, or -1. The work is counted.</summary>
    public static int Find(RenderRun run, string text, string part, int from)
    {
        Charge(run, text.Length - from, part.Length);
        return text.IndexOf(part, from, StringComparison.Ordinal);
    }

    /// <summary>The UTF-16 place of the last part, or -1. The work is counted.</summary>
    public static int FindLast(RenderRun run, string text, string part)
    {
        Charge(run, text.Length, part.Length);
        return part.Length == 0 ? text.Length : text.LastIndexOf(part, StringComparison.Ordinal);
    }

    /// <summary>Counts the work of searching.</summary>
    public static void Charge(RenderRun run, long length, int needle) =>
        run.Work(needle <= CheapNeedle ? length : length + (length / 64 * needle));

    /// <summary>Counts the work of taking characters off the ends: those given are put in order first.</summary>
    public static void ChargeStrip(RenderRun run, string text, string? characters) =>
        run.Work((text.Length * (1L + Math.Min(characters?.Length ?? 0, 8))) + (64L * (characters?.Length ?? 0)));

    /// <summary>Takes characters off the ends: white space, or those given.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        if (text.Length == 0) return text;
        int begin = 0;
        int end = text.Length;
        if (characters is null)
        {
            while (left && begin < end && CharClass.IsSpace(text[begin])) begin++;
            while (right && end > begin && CharClass.IsSpace(text[end - 1])) end--;
        }
        else if (characters.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0)
        {
            SearchValues<char>? set = characters.Length > 8 ? SearchValues.Create(characters) : null;
            bool Has(char c) => set is null ? characters.Contains(c) : set.Contains(c);
            while (left && begin < end && Has(text[begin])) begin++;
            while (right && end > begin && Has(text[end - 1])) end--;
        }
        else
        {
            var set = new HashSet<string>(StringComparer.Ordinal);
            for (int at = 0; at < characters.Length; at += Width(characters, at)) set.Add(characters.Substring(at, Width(characters, at)));
            while (left && begin < end && set.Contains(text.Substring(begin, Width(text, begin)))) begin += Width(text, begin);
            while (right && end > begin && set.Contains(text[Previous(text, end)..end])) end = Previous(text, end);
        }

        return begin == 0 && end == text.Length ? text : text[begin..end];
    }

    /// <summary>Lines with or without their ends, by all of Unicode's line ends.</summary>
    public static List<string> Lines(string text, bool keepEnds)
    {
        var lines = new List<string>();
        int begin = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029')) continue;
            int end = i;
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n') i++;
            lines.Add(keepEnds ? text[begin..(i + 1)] : text[begin..end]);
            begin = i + 1;
        }

        if (begin < text.Length) lines.Add(text[begin..]);
        return lines;
    }
}
