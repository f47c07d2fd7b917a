using Candor.Tokenizers.Unicode;

namespace Candor.Tokenizers.ByteLevel;

/// <summary>
/// Canonical decomposition and composition of short runs of characters (Unicode Standard Annex 15), from the tables in this
/// assembly: the runtime has none where it runs without culture data.
/// </summary>
internal static class NormalForms
{
    private const int HangulFirst = 0xAC00, LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28, HangulCount = LeadCount * VowelCount * TailCount;

    private static readonly Lazy<Dictionary<int, int[]>> Decompositions = new(ReadDecompositions);
    private static readonly Lazy<Dictionary<(int, int), int>> Compositions = new(ReadCompositions);
    private static readonly Lazy<Dictionary<int, int>> Classes = new(ReadClasses);

    /// <summary>The canonical combining class: 0 for characters that begin a cluster.</summary>
    public static int CombiningClass(int point) => point < 0x300 ? 0 : Classes.Value.GetValueOrDefault(point);

    /// <summary>Decomposes a run and puts its marks in canonical order (normal form D).</summary>
    public static List<int> Decompose(ReadOnlySpan<int> run)
    {
        var result = new List<int>(run.Length);
        foreach (int point in run)
        {
            if (point < 0xC0)
            {
                result.Add(point);
            }
            else if (point is >= HangulFirst and < HangulFirst + HangulCount)
            {
                int syllable = point - HangulFirst;
                result.Add(LeadFirst + (syllable / (VowelCount * TailCount)));
                result.Add(VowelFirst + (syllable % (VowelCount * TailCount) / TailCount));
                if (syllable % TailCount > 0) result.Add(TailFirst + (syllable % TailCount));
            }
            else if (Decompositions.Value.TryGetValue(point, out int[]? parts))
            {
                result.AddRange(parts);
            }
            else
            {
                result.Add(point);
            }
        }

        for (int begin = 0; begin < result.Count;)
        {
            int end = begin;
            while (end < result.Count && CombiningClass(result[end]) != 0) end++;
            if (end - begin > 1)
            {
                int[] sorted = [.. result[begin..end].OrderBy(CombiningClass)];
                for (int i = 0; i < sorted.Length; i++) result[begin + i] = sorted[i];
            }

            begin = end + 1;
        }

        return result;
    }

    /// <summary>Brings a run into normal form C.</summary>
    public static List<int> Compose(ReadOnlySpan<int> run)
    {
        List<int> points = Decompose(run);
        int starter = -1, lastClass = -1, count = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i];
            int combining = CombiningClass(point);
            // A character joins the last starter unless one of its own class, or a starter, stands between.
            if (starter >= 0 && lastClass < combining && Join(points[starter], point) is { } joined)
            {
                points[starter] = joined;
                continue;
            }

            if (starter >= 0 && lastClass == -1 && combining == 0 && Join(points[starter], point) is { } pair)
            {
                points[starter] = pair;
                continue;
            }

            if (combining == 0) (starter, lastClass) = (count, -1);
            else lastClass = combining;
            points[count++] = point;
        }

        points.RemoveRange(count, points.Count - count);
        return points;
    }

    private static int? Join(int first, int second)
    {
        if (first is >= LeadFirst and < LeadFirst + LeadCount && second is >= VowelFirst and < VowelFirst + VowelCount)
            return HangulFirst + ((((first - LeadFirst) * VowelCount) + second - VowelFirst) * TailCount);
        if (first is >= HangulFirst and < HangulFirst + HangulCount && (first - HangulFirst) % TailCount == 0 && second is > TailFirst and < TailFirst + TailCount)
            return first + second - TailFirst;
        return Compositions.Value.TryGetValue((first, second), out int composite) ? composite : null;
    }

    private static Dictionary<int, int[]> ReadDecompositions()
    {
        var table = new Dictionary<int, int[]>();
        foreach (string line in UnicodeResource.Lines("decompositions"))
        {
            string canonical = line.Split('=')[0];
            int[] points = [.. canonical.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => UnicodeResource.Hex(p))];
            if (points.Length > 1) table[points[0]] = points[1..];
        }

        return table;
    }

    private static Dictionary<(int, int), int> ReadCompositions()
    {
        var table = new Dictionary<(int, int), int>();
        foreach (string line in UnicodeResource.Lines("compositions"))
        {
            string[] points = line.Split(' ');
            table[(UnicodeResource.Hex(points[0]), UnicodeResource.Hex(points[1]))] = UnicodeResource.Hex(points[2]);
        }

        return table;
    }

    private static Dictionary<int, int> ReadClasses()
    {
        var table = new Dictionary<int, int>();
        foreach (string line in UnicodeResource.Lines("combining-classes"))
        {
            (int first, int last, string value) = UnicodeResource.Range(line);
            for (int point = first; point <= last; point++) table[point] = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
        }

        return table;
    }
}
