namespace Candor.Tokenizers.Regex;

/// <summary>
/// An immutable set of Unicode code points: sorted ranges to compute with, a bit map of ASCII and, from the first look-up
/// of another character on, pages of 256 bits for constant-time membership. Thread-safe.
/// </summary>
internal sealed class CodePointSet
{
    /// <summary>The last code point of Unicode.</summary>
    public const int MaxCodePoint = 0x10FFFF;

    private const int PageCount = (MaxCodePoint + 1) >> 8;

    private readonly int[] _ranges;
    private readonly ulong _asciiLow;
    private readonly ulong _asciiHigh;
    private volatile Pages? _pages;

    private CodePointSet(int[] ranges)
    {
        _ranges = ranges;
        for (int c = 0; c < 64; c++)
        {
            if (Search(c)) _asciiLow |= 1UL << c;
            if (Search(c + 64)) _asciiHigh |= 1UL << c;
        }
    }

    /// <summary>No code point.</summary>
    public static CodePointSet Empty { get; } = new([]);

    /// <summary>Every code point.</summary>
    public static CodePointSet All { get; } = new([0, MaxCodePoint]);

    /// <summary>First and last code point of each range, in order; ranges neither touch nor overlap.</summary>
    public ReadOnlySpan<int> Ranges => _ranges;

    /// <summary>Whether the set holds nothing.</summary>
    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>The only member, or -1 where there are none or several.</summary>
    public int Single => _ranges.Length == 2 && _ranges[0] == _ranges[1] ? _ranges[0] : -1;

    /// <summary>A set of one code point.</summary>
    public static CodePointSet Of(int codePoint) => new([codePoint, codePoint]);

    /// <summary>A set of the code points from first to last, both included.</summary>
    public static CodePointSet Range(int first, int last) => new([first, last]);

    /// <summary>A set from ranges in any order, which may overlap.</summary>
    public static CodePointSet FromRanges(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<int>();
        foreach ((int first, int last) in ranges.OrderBy(r => r.First))
        {
            if (merged.Count > 0 && first <= merged[^1] + 1) merged[^1] = Math.Max(merged[^1], last);
            else
            {
                merged.Add(first);
                merged.Add(last);
            }
        }

        return merged.Count == 0 ? Empty : new([.. merged]);
    }

    /// <summary>Whether the code point is a member.</summary>
    public bool Contains(int codePoint)
    {
        if ((uint)codePoint < 64) return (_asciiLow >> codePoint & 1) != 0;
        if ((uint)codePoint < 128) return (_asciiHigh >> (codePoint - 64) & 1) != 0;
        if ((uint)codePoint > MaxCodePoint) return false;
        Pages pages = _pages ??= new Pages(_ranges);
        return (pages.Bits[(pages.Index[codePoint >> 8] << 2) + ((codePoint >> 6) & 3)] >> (codePoint & 63) & 1) != 0;
    }

    /// <summary>Members of either set.</summary>
    public CodePointSet Union(CodePointSet other) =>
        IsEmpty ? other : other.IsEmpty ? this : FromRanges(Enumerate().Concat(other.Enumerate()));

    /// <summary>Members of both sets.</summary>
    public CodePointSet Intersect(CodePointSet other) => Complement().Union(other.Complement()).Complement();

    /// <summary>Members of this set that are not in the other.</summary>
    public CodePointSet Except(CodePointSet other) => Intersect(other.Complement());

    /// <summary>Every code point that is not a member.</summary>
    public CodePointSet Complement()
    {
        var ranges = new List<int>(_ranges.Length + 2);
        int next = 0;
        for (int i = 0; i < _ranges.Length; i += 2)
        {
            if (_ranges[i] > next)
            {
                ranges.Add(next);
                ranges.Add(_ranges[i] - 1);
            }

            next = _ranges[i + 1] + 1;
        }

        if (next <= MaxCodePoint)
        {
            ranges.Add(next);
            ranges.Add(MaxCodePoint);
        }

        return ranges.Count == 0 ? Empty : new([.. ranges]);
    }

    /// <summary>The ranges as pairs.</summary>
    public IEnumerable<(int First, int Last)> Enumerate()
    {
        for (int i = 0; i < _ranges.Length; i += 2) yield return (_ranges[i], _ranges[i + 1]);
    }

    private bool Search(int codePoint)
    {
        for (int i = 0; i < _ranges.Length && _ranges[i] <= codePoint; i += 2)
            if (codePoint <= _ranges[i + 1]) return true;
        return false;
    }

    /// <summary>Two stages of bits; pages that are all zeros (0) or all ones (1) are shared.</summary>
    private sealed class Pages
    {
        public readonly ushort[] Index = new ushort[PageCount];
        public readonly ulong[] Bits;

        public Pages(int[] ranges)
        {
            var bits = new List<ulong>(64) { 0, 0, 0, 0, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue };
            for (int i = 0; i < ranges.Length; i += 2)
            {
                for (int c = ranges[i]; c <= ranges[i + 1];)
                {
                    int page = c >> 8;
                    int last = Math.Min(ranges[i + 1], (page << 8) + 255);
                    if (c == page << 8 && last == c + 255) Index[page] = 1;
                    else
                    {
                        if (Index[page] == 0)
                        {
                            Index[page] = (ushort)(bits.Count >> 2);
                            bits.AddRange([0, 0, 0, 0]);
                        }

                        int start = Index[page] << 2;
                        for (int k = c; k <= last; k++) bits[start + ((k >> 6) & 3)] |= 1UL << (k & 63);
                    }

                    c = last + 1;
                }
            }

            Bits = [.. bits];
        }
    }
}
