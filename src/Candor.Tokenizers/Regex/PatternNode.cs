namespace Candor.Tokenizers.Regex;

/// <summary>How a repetition chooses its count.</summary>
internal enum RepeatMode
{
    /// <summary>As many as possible, giving back where the rest asks for it.</summary>
    Greedy,

    /// <summary>As few as possible.</summary>
    Lazy,

    /// <summary>As many as possible, giving nothing back.</summary>
    Possessive,
}

/// <summary>A condition on a position.</summary>
internal enum AnchorKind
{
    /// <summary>Start of the text.</summary>
    TextStart,

    /// <summary>End of the text.</summary>
    TextEnd,

    /// <summary>End of the text or before its last line feed.</summary>
    TextEndOrLineFeed,

    /// <summary>Start of the text or after a line feed.</summary>
    LineStart,

    /// <summary>End of the text or before a line feed.</summary>
    LineEnd,

    /// <summary>Where this match was allowed to begin.</summary>
    MatchStart,

    /// <summary>Border of a word.</summary>
    WordBorder,

    /// <summary>Not a border of a word.</summary>
    NoWordBorder,
}

/// <summary>A parsed pattern.</summary>
internal abstract record PatternNode
{
    /// <summary>Matches nothing, always.</summary>
    public static PatternNode Empty { get; } = new Sequence([]);

    /// <summary>One character of a set.</summary>
    public sealed record One(CodePointSet Set) : PatternNode;

    /// <summary>One after the other.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first that leads to a match.</summary>
    public sealed record Alternation(IReadOnlyList<PatternNode> Branches) : PatternNode;

    /// <summary>A repetition; <see cref="Max"/> is -1 where there is no limit.</summary>
    public sealed record Repeat(PatternNode Body, int Min, int Max, RepeatMode Mode) : PatternNode;

    /// <summary>A group whose first match is final.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode;

    /// <summary>A look-ahead or look-behind.</summary>
    public sealed record Look(PatternNode Body, bool Behind, bool Negative) : PatternNode;

    /// <summary>A condition on the position.</summary>
    public sealed record Anchor(AnchorKind Kind) : PatternNode;

    /// <summary>Whether it can match the empty text.</summary>
    public bool IsNullable => this switch
    {
        One => false,
        Sequence s => s.Parts.All(p => p.IsNullable),
        Alternation a => a.Branches.Any(b => b.IsNullable),
        Repeat r => r.Min == 0 || r.Body.IsNullable,
        Atomic a => a.Body.IsNullable,
        _ => true,
    };

    /// <summary>The only length in characters that it matches, or -1 where lengths differ.</summary>
    public int FixedLength
    {
        get
        {
            switch (this)
            {
                case One: return 1;
                case Sequence s:
                    int sum = 0;
                    foreach (PatternNode part in s.Parts)
                    {
                        int length = part.FixedLength;
                        if (length < 0) return -1;
                        sum = checked(sum + length);
                    }

                    return sum;
                case Alternation a:
                    int first = a.Branches[0].FixedLength;
                    return a.Branches.All(b => b.FixedLength == first) ? first : -1;
                case Repeat r:
                    int body = r.Body.FixedLength;
                    return r.Min == r.Max && body >= 0 ? checked(body * r.Min) : -1;
                case Atomic a: return a.Body.FixedLength;
                default: return 0;
            }
        }
    }

    /// <summary>Characters with which a non-empty match can begin; complete only where the node is not nullable.</summary>
    public CodePointSet First
    {
        get
        {
            switch (this)
            {
                case One o: return o.Set;
                case Sequence s:
                    CodePointSet set = CodePointSet.Empty;
                    foreach (PatternNode part in s.Parts)
                    {
                        set = set.Union(part.First);
                        if (!part.IsNullable) break;
                    }

                    return set;
                case Alternation a: return a.Branches.Aggregate(CodePointSet.Empty, (all, b) => all.Union(b.First));
                case Repeat r: return r.Body.First;
                case Atomic a: return a.Body.First;
                default: return CodePointSet.Empty;
            }
        }
    }
}
