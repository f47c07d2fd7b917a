namespace Candor.Tokenizers;

/// <summary>
/// Where in a text the spellings of special tokens become these tokens: nowhere, everywhere, or everywhere but in some parts,
/// such as what a user typed into a chat. Immutable and thread-safe.
/// </summary>
public sealed class SpecialTokenScope
{
    private readonly bool everywhere;
    private readonly int[] begins;
    private readonly int[] ends;

    private SpecialTokenScope(bool everywhere, int[] begins, int[] ends) => (this.everywhere, this.begins, this.ends) = (everywhere, begins, ends);

    /// <summary>All of the text is plain.</summary>
    public static SpecialTokenScope Nowhere { get; } = new(false, [], []);

    /// <summary>Special tokens are recognised in all of the text.</summary>
    public static SpecialTokenScope Everywhere { get; } = new(true, [], []);

    /// <summary>Whether some parts of the text are plain and the others are not.</summary>
    internal bool IsPartial => begins.Length > 0;

    /// <summary>Special tokens are recognised where they touch none of these parts.</summary>
    /// <param name="plain">The plain parts, ascending, none overlapping another; in Unicode code points of the text, the end exclusive.</param>
    /// <exception cref="ArgumentException">Parts are empty, overlap or are out of order.</exception>
    public static SpecialTokenScope Outside(IReadOnlyList<PlainSpan> plain)
    {
        ArgumentNullException.ThrowIfNull(plain);
        int last = 0;
        foreach ((int begin, int end) in plain)
        {
            if (begin < last || end <= begin) throw new ArgumentException($"the plain part {begin}-{end} is empty or begins before {last}", nameof(plain));
            last = end;
        }

        return plain.Count == 0 ? Everywhere : new SpecialTokenScope(true, [.. plain.Select(p => p.Begin)], [.. plain.Select(p => p.End)]);
    }

    /// <summary>Everywhere or nowhere.</summary>
    internal static SpecialTokenScope Of(bool parseSpecial) => parseSpecial ? Everywhere : Nowhere;

    /// <summary>Whether a special token that is spelt there, in code points, is one.</summary>
    internal bool Allows(int begin, int end)
    {
        if (!IsPartial) return everywhere;
        int at = Array.BinarySearch(begins, end);

        // The last plain part that begins before the token's end decides.
        int before = (at < 0 ? ~at : at) - 1;
        return before < 0 || ends[before] <= begin;
    }
}
