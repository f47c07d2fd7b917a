namespace Candor.Tokenizers.Regex;

/// <summary>What an instruction does.</summary>
internal enum PatternOp
{
    /// <summary>One given character.</summary>
    Char,

    /// <summary>One character of a set.</summary>
    Set,

    /// <summary>A repetition of a set: A is the minimum, B the maximum (int.MaxValue: none).</summary>
    Loop,

    /// <summary>The same, giving nothing back.</summary>
    LoopPossessive,

    /// <summary>Goes to A, and where that fails to B.</summary>
    Split,

    /// <summary>Goes to one of several branches, in order.</summary>
    Branch,

    /// <summary>Goes to A.</summary>
    Jump,

    /// <summary>A condition on the position; A is the kind.</summary>
    Anchor,

    /// <summary>A look-ahead or look-behind; A is the number of characters to step back, B is 1 where it is negated.</summary>
    Look,

    /// <summary>A group whose first match is final.</summary>
    Atomic,

    /// <summary>Success.</summary>
    Match,
}

/// <summary>One instruction. <see cref="Slot"/> numbers what the matcher remembers about it.</summary>
internal readonly record struct PatternInstruction(
    PatternOp Op, int A = 0, int B = 0, CodePointSet? Set = null, BranchTable? Branches = null, PatternProgram? Sub = null, int Slot = -1);

/// <summary>Instructions of a pattern or of one of its atomic groups or looks.</summary>
internal sealed class PatternProgram(PatternInstruction[] code)
{
    /// <summary>The instructions; the first is where matching starts.</summary>
    public PatternInstruction[] Code { get; } = code;
}

/// <summary>The branches of an alternation, with what their first characters can be.</summary>
internal sealed class BranchTable
{
    private readonly ulong[] _ascii = new ulong[128];
    private readonly CodePointSet?[] _first;

    /// <summary>Makes a table of at most 64 branches.</summary>
    /// <param name="first">For each branch the characters it can begin with; null where it can match the empty text.</param>
    /// <param name="targets">Where each branch begins.</param>
    public BranchTable(CodePointSet?[] first, int[] targets)
    {
        _first = first;
        Targets = targets;
        for (int b = 0; b < first.Length; b++)
        {
            if (first[b] is null) AtEnd |= 1UL << b;
            for (int c = 0; c < 128; c++)
                if (first[b]?.Contains(c) != false) _ascii[c] |= 1UL << b;
        }
    }

    /// <summary>Where each branch begins.</summary>
    public int[] Targets { get; }

    /// <summary>The branches that can match at the end of the text.</summary>
    public ulong AtEnd { get; }

    /// <summary>The branches, as bits, that can begin with this character.</summary>
    public ulong Viable(int codePoint)
    {
        if ((uint)codePoint < 128) return _ascii[codePoint];
        ulong mask = 0;
        for (int b = 0; b < _first.Length; b++)
            if (_first[b]?.Contains(codePoint) != false) mask |= 1UL << b;
        return mask;
    }
}
