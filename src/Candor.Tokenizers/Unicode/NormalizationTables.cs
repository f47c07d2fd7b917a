namespace Candor.Tokenizers.Unicode;

/// <summary>
/// What the Unicode normalization forms (UAX #15) need: full decompositions, combining classes, primary composites. The
/// framework's own normalization does nothing where globalization is invariant, and tells nothing about places.
/// </summary>
internal sealed class NormalizationTables
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    private static readonly Lazy<NormalizationTables> Instance = new(() => new NormalizationTables());

    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatible = [];
    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<long, int> _composites = [];

    private NormalizationTables()
    {
        foreach (string line in UnicodeResource.Lines("decompositions"))
        {
            string[] fields = line.Split(' ');
            int equals = Array.IndexOf(fields, "=");
            int[] canonical = Codes(fields.AsSpan(1, (equals < 0 ? fields.Length : equals) - 1));
            int code = UnicodeResource.Hex(fields[0]);
            if (canonical.Length > 0) _canonical.Add(code, canonical);
            _compatible.Add(code, equals < 0 ? canonical : Codes(fields.AsSpan(equals + 1)));
        }

        foreach (string line in UnicodeResource.Lines("combining-classes"))
        {
            (int first, int last, string value) = UnicodeResource.Range(line);
            for (int c = first; c <= last; c++) _classes.Add(c, byte.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
        }

        foreach (string line in UnicodeResource.Lines("compositions"))
        {
            int[] codes = Codes(line.Split(' '));
            _composites.Add((long)codes[0] << 32 | (uint)codes[1], codes[2]);
        }
    }

    /// <summary>The tables, read when first asked for.</summary>
    public static NormalizationTables Shared => Instance.Value;

    /// <summary>The canonical combining class; 0 for most characters.</summary>
    public int CombiningClass(int codePoint) => codePoint < 0x300 ? 0 : _classes.GetValueOrDefault(codePoint);

    /// <summary>Writes the full decomposition of a character and returns its length, 1 where it stays itself.</summary>
    /// <param name="codePoint">The character.</param>
    /// <param name="compatible">Whether compatibility decompositions count too.</param>
    /// <param name="parts">Room for 18 characters.</param>
    public int Decompose(int codePoint, bool compatible, Span<int> parts)
    {
        parts[0] = codePoint;
        if (codePoint < 0xA0) return 1;
        int syllable = codePoint - HangulBase;
        if ((uint)syllable < LeadCount * VowelCount * TailCount)
        {
            parts[0] = LeadBase + syllable / (VowelCount * TailCount);
            parts[1] = VowelBase + syllable % (VowelCount * TailCount) / TailCount;
            int tail = syllable % TailCount;
            if (tail == 0) return 2;
            parts[2] = TailBase + tail;
            return 3;
        }

        if (!(compatible ? _compatible : _canonical).TryGetValue(codePoint, out int[]? found)) return 1;
        found.CopyTo(parts);
        return found.Length;
    }

    /// <summary>The composite of two characters, or -1.</summary>
    public int Compose(int first, int second)
    {
        int lead = first - LeadBase, vowel = second - VowelBase;
        if ((uint)lead < LeadCount) return (uint)vowel < VowelCount ? HangulBase + (lead * VowelCount + vowel) * TailCount : -1;
        int syllable = first - HangulBase, tail = second - TailBase;
        if ((uint)syllable < LeadCount * VowelCount * TailCount && syllable % TailCount == 0 && tail is > 0 and < TailCount) return first + tail;
        return _composites.GetValueOrDefault((long)first << 32 | (uint)second, -1);
    }

    private static int[] Codes(ReadOnlySpan<string> fields)
    {
        var codes = new int[fields.Length];
        for (int i = 0; i < codes.Length; i++) codes[i] = UnicodeResource.Hex(fields[i]);
        return codes;
    }
}
