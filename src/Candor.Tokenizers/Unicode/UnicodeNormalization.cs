namespace Candor.Tokenizers.Unicode;

/// <summary>A Unicode normalization form (UAX #15).</summary>
internal enum UnicodeForm
{
    /// <summary>Canonical composition.</summary>
    Nfc,

    /// <summary>Canonical decomposition.</summary>
    Nfd,

    /// <summary>Compatibility composition.</summary>
    Nfkc,

    /// <summary>Compatibility decomposition.</summary>
    Nfkd,
}

/// <summary>Normalizes text and says of each character what became of which.</summary>
internal static class UnicodeNormalization
{
    /// <summary>Whether a text surely is in this form already: a quick check by the least code points that can change.</summary>
    public static bool IsPlain(ReadOnlySpan<int> text, UnicodeForm form)
    {
        int limit = form switch { UnicodeForm.Nfc => 0x300, UnicodeForm.Nfd => 0xC0, _ => 0xA0 };
        foreach (int c in text)
            if (c >= limit) return false;
        return true;
    }

    /// <summary>
    /// The normalized text as characters with changes, as <see cref="Text.ChangeWriter"/> takes them: of a decomposed
    /// character the first part has 0 and the others 1, and a composite has minus the number of characters it swallowed.
    /// </summary>
    public static List<(int CodePoint, int Change)> Normalize(ReadOnlySpan<int> text, UnicodeForm form)
    {
        List<(int, int)> decomposed = Decompose(text, form is UnicodeForm.Nfkc or UnicodeForm.Nfkd);
        return form is UnicodeForm.Nfc or UnicodeForm.Nfkc ? Compose(decomposed) : decomposed;
    }

    private static List<(int, int)> Decompose(ReadOnlySpan<int> text, bool compatible)
    {
        NormalizationTables tables = NormalizationTables.Shared;
        var result = new List<(int, int)>(text.Length + 8);
        Span<int> parts = stackalloc int[18];
        int runStart = 0;
        bool disorder = false;
        int lastClass = 0;
        foreach (int c in text)
        {
            int count = tables.Decompose(c, compatible, parts);
            for (int i = 0; i < count; i++)
            {
                int combining = tables.CombiningClass(parts[i]);
                if (combining == 0)
                {
                    if (disorder) Sort(result, runStart, tables);
                    disorder = false;
                    runStart = result.Count + 1;
                }
                else disorder |= combining < lastClass;

                lastClass = combining;
                result.Add((parts[i], i == 0 ? 0 : 1));
            }
        }

        if (disorder) Sort(result, runStart, tables);
        return result;
    }

    /// <summary>Sorts a run of combining marks by class, keeping the order of equal ones.</summary>
    private static void Sort(List<(int CodePoint, int Change)> text, int start, NormalizationTables tables)
    {
        (int, int)[] sorted = [.. text.Skip(start).OrderBy(c => tables.CombiningClass(c.CodePoint))];
        for (int i = 0; i < sorted.Length; i++) text[start + i] = sorted[i];
    }

    private static List<(int, int)> Compose(List<(int CodePoint, int Change)> text)
    {
        NormalizationTables tables = NormalizationTables.Shared;
        var result = new List<(int CodePoint, int Change)>(text.Count);
        int starter = -1;
        int lastClass = -1;
        foreach ((int c, int change) in text)
        {
            int combining = tables.CombiningClass(c);
            if (starter >= 0 && (lastClass < 0 || (lastClass < combining && lastClass > 0)))
            {
                int composite = tables.Compose(result[starter].CodePoint, c);
                if (composite >= 0)
                {
                    result[starter] = (composite, result[starter].Change + change - 1);
                    continue;
                }
            }

            result.Add((c, change));
            if (combining == 0) (starter, lastClass) = (result.Count - 1, -1);
            else lastClass = combining;
        }

        return result;
    }
}
