using System.Text;

namespace Candor.Tokenizers.Regex;

/// <summary>Which characters are the same when upper and lower case are: orbits of Unicode's simple case folding.</summary>
internal static class CaseFolding
{
    // Case pairs lie in these ranges only.
    private static readonly (int First, int Last)[] Cased =
        [(0x41, 0x587), (0x10A0, 0x10FF), (0x13A0, 0x13FD), (0x1C80, 0x1CBF), (0x1D79, 0x1D8E), (0x1E00, 0x1FFF), (0x2126, 0x2188),
         (0x24B6, 0x24E9), (0x2C00, 0x2D2D), (0xA640, 0xA7F6), (0xAB53, 0xABBF), (0xFB05, 0xFB06), (0xFF21, 0xFF5A), (0x10400, 0x10D90),
         (0x118A0, 0x118DF), (0x16E40, 0x16EFF), (0x1E900, 0x1E943)];

    private static readonly Lazy<Dictionary<int, int[]>> Orbits = new(Build);

    /// <summary>The set with every character that differs from a member only in case.</summary>
    public static CodePointSet Close(CodePointSet set)
    {
        var extra = new List<(int, int)>();
        foreach ((int member, int[] orbit) in Orbits.Value)
        {
            if (!set.Contains(member)) continue;
            foreach (int other in orbit) extra.Add((other, other));
        }

        return extra.Count == 0 ? set : CodePointSet.FromRanges(set.Enumerate().Concat(extra));
    }

    private static Dictionary<int, int[]> Build()
    {
        var parent = new Dictionary<int, int>();
        int Root(int c)
        {
            while (parent.TryGetValue(c, out int up) && up != c) c = up;
            return c;
        }

        void Join(int a, int b)
        {
            if (a == b) return;
            (a, b) = (Root(a), Root(b));
            parent.TryAdd(a, a);
            parent[b] = a;
        }

        foreach ((int first, int last) in Cased)
        {
            for (int c = first; c <= last; c++)
            {
                // The dotted capital I and the dotless small i fold to nothing outside Turkic languages.
                if (c is 0x130 or 0x131) continue;
                Join(c, Rune.ToLowerInvariant(new Rune(c)).Value);
                Join(c, Rune.ToUpperInvariant(new Rune(c)).Value);
            }
        }

        // Foldings that upper and lower case of the framework leave out: long s, Greek theta, the ligature st.
        Join('s', 0x17F);
        Join(0x3B8, 0x3F4);
        Join(0xFB05, 0xFB06);
        Join(0xDF, 0x1E9E);
        var orbits = new Dictionary<int, List<int>>();
        foreach (int c in parent.Keys)
        {
            int root = Root(c);
            if (!orbits.TryGetValue(root, out List<int>? list)) orbits.Add(root, list = []);
            list.Add(c);
        }

        var result = new Dictionary<int, int[]>();
        foreach (List<int> orbit in orbits.Values)
            foreach (int c in orbit) result.Add(c, [.. orbit]);
        return result;
    }
}
