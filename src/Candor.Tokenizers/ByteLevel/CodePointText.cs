using System.Text;

namespace Candor.Tokenizers.ByteLevel;

/// <summary>A stretch of text as code points, each with the code points of the original that it came from.</summary>
internal sealed class CodePointText
{
    private CodePointText(int capacity)
    {
        Points = new int[capacity];
        Begin = new int[capacity];
        End = new int[capacity];
    }

    /// <summary>The code points; the first <see cref="Count"/> count.</summary>
    public int[] Points { get; private set; }

    /// <summary>Where in the original each begins.</summary>
    public int[] Begin { get; private set; }

    /// <summary>Where in the original each ends.</summary>
    public int[] End { get; private set; }

    /// <summary>Number of code points.</summary>
    public int Count { get; private set; }

    /// <summary>Decodes a stretch of valid UTF-8.</summary>
    /// <param name="utf8">The stretch.</param>
    /// <param name="first">The code point of the original at which it begins.</param>
    /// <param name="compose">Whether to bring it into normal form C.</param>
    public static CodePointText Decode(ReadOnlySpan<byte> utf8, int first, bool compose)
    {
        var result = new CodePointText(utf8.Length);
        while (utf8.Length > 0)
        {
            Rune.DecodeFromUtf8(utf8, out Rune rune, out int length);
            result.Add(rune.Value, first, ++first);
            utf8 = utf8[length..];
        }

        return compose && result.Points.AsSpan(0, result.Count).IndexOfAnyExceptInRange(0, 0x2FF) >= 0 ? result.Composed() : result;
    }

    /// <summary>
    /// Composes one cluster at a time: a cluster begins at a character that is in normal form by itself, has no other form, and does
    /// not join what stands before it. All of a cluster's characters come from the whole cluster.
    /// </summary>
    private CodePointText Composed()
    {
        var result = new CodePointText(Count);
        for (int begin = 0; begin < Count;)
        {
            int end = begin + 1;
            while (end < Count && !StandsAlone(Points[end])) end++;
            if (end == begin + 1 && Points[begin] < 0x300) result.Add(Points[begin], Begin[begin], End[begin]);
            else foreach (int point in NormalForms.Compose(Points.AsSpan(begin, end - begin))) result.Add(point, Begin[begin], End[end - 1]);
            begin = end;
        }

        return result;
    }

    private static bool StandsAlone(int point)
    {
        // Marks join what is before them, whatever their class; so do the vowels and final consonants of Korean.
        if (point < 0x300) return true;
        return Rune.GetUnicodeCategory(new Rune(point)) is not (System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark or System.Globalization.UnicodeCategory.EnclosingMark)
            && point is not (>= 0x1160 and <= 0x11FF) and not 0x16D67;
    }

    private void Add(int point, int begin, int end)
    {
        if (Count == Points.Length)
        {
            int larger = Math.Max(16, checked(2 * Count));
            (Points, Begin, End) = (Grown(Points, larger), Grown(Begin, larger), Grown(End, larger));
        }

        (Points[Count], Begin[Count], End[Count]) = (point, begin, end);
        Count++;
    }

    private static int[] Grown(int[] values, int size)
    {
        Array.Resize(ref values, size);
        return values;
    }
}
