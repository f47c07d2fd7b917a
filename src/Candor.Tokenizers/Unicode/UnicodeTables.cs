using Candor.Tokenizers.Regex;

namespace Candor.Tokenizers.Unicode;

/// <summary>Scripts, and the few properties beyond general categories that tokenizers ask for.</summary>
internal static class UnicodeTables
{
    private const string LaterMark = " +";

    private static readonly Lazy<(int First, int Last, string Script, bool Later)[]> Scripts = new(ReadScripts);

    /// <summary>Alphabetic characters that are neither letters nor marks nor letter numbers: letters in circles and squares.</summary>
    public static CodePointSet OtherAlphabetic { get; } =
        CodePointSet.FromRanges([(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]);

    /// <summary>Upper case beyond category Lu: Roman numerals, letters in circles and squares.</summary>
    public static CodePointSet OtherUppercase { get; } =
        CodePointSet.FromRanges([(0x2160, 0x216F), (0x24B6, 0x24CF), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]);

    /// <summary>Lower case beyond category Ll: modifier letters, Roman numerals, letters in circles.</summary>
    public static CodePointSet OtherLowercase { get; } = CodePointSet.FromRanges(
        [(0xAA, 0xAA), (0xBA, 0xBA), (0x2B0, 0x2B8), (0x2C0, 0x2C1), (0x2E0, 0x2E4), (0x345, 0x345), (0x37A, 0x37A), (0x1D2C, 0x1D6A),
         (0x1D78, 0x1D78), (0x1D9B, 0x1DBF), (0x2071, 0x2071), (0x207F, 0x207F), (0x2090, 0x209C), (0x2170, 0x217F), (0x24D0, 0x24E9),
         (0x2C7C, 0x2C7D), (0xA69C, 0xA69D), (0xA770, 0xA770), (0xA7F8, 0xA7F9), (0xAB5C, 0xAB5F), (0xAB69, 0xAB69)]);

    /// <summary>All characters of a script, by its name in small letters without underscores; null for an unknown name.</summary>
    public static CodePointSet? Script(string name)
    {
        List<(int, int)> ranges = [.. Scripts.Value
            .Where(s => s.Script.Replace("_", "", StringComparison.Ordinal).Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(s => (s.First, s.Last))];
        return ranges.Count == 0 ? null : CodePointSet.FromRanges(ranges);
    }

    /// <summary>
    /// The script of a character as of Unicode 9.0, or null: what the UnicodeScripts pre-tokenizer goes by. Names are
    /// shared instances, so references may be compared.
    /// </summary>
    public static string? ScriptOfUnicode9(int codePoint)
    {
        (int First, int Last, string Script, bool Later)[] scripts = Scripts.Value;
        int low = 0, high = scripts.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (codePoint < scripts[middle].First) high = middle - 1;
            else if (codePoint > scripts[middle].Last) low = middle + 1;
            else return scripts[middle].Later ? null : scripts[middle].Script;
        }

        return null;
    }

    private static (int First, int Last, string Script, bool Later)[] ReadScripts()
    {
        var scripts = new List<(int, int, string, bool)>();
        foreach (string line in UnicodeResource.Lines("scripts"))
        {
            (int first, int last, string name) = UnicodeResource.Range(line);
            bool later = name.EndsWith(LaterMark, StringComparison.Ordinal);
            scripts.Add((first, last, string.Intern(later ? name[..^LaterMark.Length] : name), later));
        }

        return [.. scripts];
    }
}
