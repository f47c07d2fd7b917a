namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>split</c> and <c>rsplit</c>.</summary>
internal static class StringSplit
{
    /// <summary>Splits at runs of white space; at most so many cuts.</summary>
    public static List<string> OnSpace(string text, long cuts)
    {
        var parts = new List<string>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && CharClass.IsSpace(text[at])) at++;
            if (at >= text.Length) return parts;
            if (parts.Count >= cuts)
            {
                parts.Add(PyText.Strip(text[at..], null, false, true));
                return parts;
            }

            int begin = at;
            while (at < text.Length && !CharClass.IsSpace(text[at])) at++;
            parts.Add(text[begin..at]);
        }
    }

    /// <summary>The same from the right.</summary>
    public static List<string> OnSpaceFromRight(string text, long cuts)
    {
        var parts = new List<string>();
        int end = text.Length;
        while (true)
        {
            while (end > 0 && CharClass.IsSpace(text[end - 1])) end--;
            if (end == 0) break;
            if (parts.Count >= cuts)
            {
                parts.Add(PyText.Strip(text[..end], null, true, false));
                break;
            }

            int begin = end;
            while (begin > 0 && !CharClass.IsSpace(text[begin - 1])) begin--;
            parts.Add(text[begin..end]);
            end = begin;
        }

        parts.Reverse();
        return parts;
    }

    public static List<string> On(RenderRun run, string text, string separator, long cuts)
    {
        if (separator.Length == 0) throw Faults.Value("empty separator");
        PyText.Charge(run, text.Length, separator.Length);
        var parts = new List<string>();
        int at = 0;
        while (parts.Count < cuts && text.IndexOf(separator, at, StringComparison.Ordinal) is var found && found >= 0)
        {
            parts.Add(text[at..found]);
            at = found + separator.Length;
        }

        parts.Add(text[at..]);
        return parts;
    }

    public static List<string> OnFromRight(RenderRun run, string text, string separator, long cuts)
    {
        if (separator.Length == 0) throw Faults.Value("empty separator");
        PyText.Charge(run, text.Length, separator.Length);
        var parts = new List<string>();
        int end = text.Length;
        while (parts.Count < cuts && text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal) is var found && found >= 0)
        {
            parts.Add(text[(found + separator.Length)..end]);
            end = found;
        }

        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }
}
