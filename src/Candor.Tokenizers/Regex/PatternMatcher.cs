namespace Candor.Tokenizers.Regex;

/// <summary>
/// Runs a pattern over one text with an explicit stack. Not thread-safe; reused between texts. What follows a choice at a
/// position depends on nothing but the text, so a choice that failed there once fails there always: such facts are kept
/// from one start of a match to the next, at first for simple loops only, for all choices once a text proves hard.
/// A choice met again before it is decided is a loop that reads nothing, and fails.
/// </summary>
internal sealed class PatternMatcher
{
    private readonly Pattern _pattern;
    private readonly LoopFacts[] _loops;
    private Frame[] _stack = new Frame[32];
    private int _top;
    private int _matchStart;
    private int _length;
    private long _steps;
    private long _limit;
    private long _budget;
    private long _scanned;
    private ulong[]? _failed;
    private int[]?[]? _outcomes;
    private ulong[]? _onPath;
    private Dictionary<long, int>? _ends;
    private long[] _open = new long[32];
    private int _opened;
    private bool _metKnown;

    public PatternMatcher(Pattern pattern)
    {
        _pattern = pattern;
        _loops = new LoopFacts[pattern.Loops];
    }

    /// <summary>Whether it is worth keeping.</summary>
    public bool IsSmall => _stack.Length <= 1 << 14 && _open.Length <= 1 << 14;

    /// <summary>What this text has cost so far: choices, failures, and characters that loops ran over.</summary>
    public long Steps => _steps + _scanned;

    /// <summary>Forgets the last text.</summary>
    public void Reset(int length)
    {
        _length = length;
        Array.Fill(_loops, LoopFacts.None);
        (_top, _opened, _steps, _scanned) = (0, 0, 0, 0);
        _limit = _pattern.HasEmptyLoops ? 0 : 256 + 16L * length;
        _budget = 10_000_000 + 2000L * length;
        (_failed, _onPath, _outcomes, _ends) = (null, null, null, null);
    }

    /// <summary>What was open since has failed.</summary>
    private void Close(int opened)
    {
        if (_onPath is not null)
            for (int i = opened; i < _opened; i++) _onPath[_open[i] >> 6] &= ~(1UL << (int)(_open[i] & 63));
        _opened = opened;
    }

    /// <summary>What lies on the way to success has not failed, nor perhaps what met it in a round that read nothing.</summary>
    private void Succeed(int opened, int end, bool inner)
    {
        if (_metKnown && _pattern.HasEmptyLoops) Forget();
        for (int i = opened; i < _opened; i++)
        {
            long bit = _open[i];
            if (inner && !_pattern.HasEmptyLoops) (_ends ??= [])[bit] = end;
            else _failed![bit >> 6] &= ~(1UL << (int)(bit & 63));
        }

        Close(opened);
    }

    private bool KnownEnd(int slot, ref int at)
    {
        if (_ends is null || !_ends.TryGetValue((long)slot * (_length + 1) + at, out int end)) return false;
        at = end;
        return true;
    }

    private bool IsOnPath(int slot, int at)
    {
        long bit = (long)slot * (_length + 1) + at;
        return (_onPath![bit >> 6] >> (int)(bit & 63) & 1) != 0;
    }

    private void Forget()
    {
        _metKnown = false;
        Array.Fill(_loops, LoopFacts.None);
        if (_failed is null) return;
        Array.Clear(_failed);
        for (int i = 0; i < _opened; i++) _failed[_open[i] >> 6] |= 1UL << (int)(_open[i] & 63);
        _outcomes = null;
    }

    /// <summary>Finds the first match at or after a position; the text must be the same since <see cref="Reset"/>.</summary>
    public bool Find(ReadOnlySpan<int> text, int from, out int begin, out int end)
    {
        _matchStart = from;
        CodePointSet? first = _pattern.First;
        for (int at = from; at <= text.Length; at++)
        {
            if (first is not null)
            {
                while (at < text.Length && !first.Contains(text[at])) at++;
                if (at == text.Length) break;
            }

            int stop = Run(_pattern.Program, text, at);
            if (stop < 0) continue;
            (begin, end) = (at, stop);
            return true;
        }

        (begin, end) = (0, 0);
        return false;
    }

    /// <summary>Matches a program at a position: where the match ends, or -1.</summary>
    private int Run(PatternProgram program, ReadOnlySpan<int> text, int start)
    {
        PatternInstruction[] code = program.Code;
        int bottom = _top;
        int opened = _opened;
        int pc = 0;
        int at = start;
        while (true)
        {
            ref readonly PatternInstruction instruction = ref code[pc];
            switch (instruction.Op)
            {
                case PatternOp.Char:
                    if ((uint)at >= (uint)text.Length || text[at] != instruction.A) break;
                    at++;
                    pc++;
                    continue;
                case PatternOp.Set:
                    if ((uint)at >= (uint)text.Length || !instruction.Set!.Contains(text[at])) break;
                    at++;
                    pc++;
                    continue;
                case PatternOp.Loop:
                {
                    ref LoopFacts facts = ref _loops[instruction.Slot];
                    // Everything that this entry could try lies inside what an earlier entry of the same run tried in vain.
                    bool unlimited = instruction.B == int.MaxValue;
                    if (unlimited && at >= facts.FailedFrom && at <= facts.FailedTo) break;
                    int runEnd = RunEnd(in instruction, ref facts, text, at);
                    int stop = unlimited && runEnd == facts.FailedTo ? Math.Min(runEnd, facts.FailedFrom + instruction.A - 1) : runEnd;
                    int least = at + instruction.A;
                    if (stop < least) break;
                    if (stop > least || unlimited) Push(new Frame(pc, stop, least, at, runEnd, _opened));
                    at = stop;
                    pc++;
                    continue;
                }

                case PatternOp.LoopPossessive:
                {
                    int stop = RunEnd(in instruction, ref _loops[instruction.Slot], text, at);
                    if (stop < at + instruction.A) break;
                    at = stop;
                    pc++;
                    continue;
                }

                case PatternOp.Split:
                    if (Known(instruction.Slot, at))
                    {
                        if (KnownEnd(instruction.Slot, ref at)) goto case PatternOp.Match;
                        if (instruction.Exit < 0 || !IsOnPath(instruction.Slot, at)) break;

                        // A round of a loop that read nothing is its last.
                        pc = instruction.Exit;
                        continue;
                    }

                    Push(new Frame(instruction.B, at, -1, 0, 0, _opened));
                    pc = instruction.A;
                    continue;
                case PatternOp.Branch:
                {
                    if (Known(instruction.Slot, at))
                    {
                        if (KnownEnd(instruction.Slot, ref at)) goto case PatternOp.Match;
                        break;
                    }

                    ulong viable = (uint)at < (uint)text.Length ? instruction.Branches!.Viable(text[at]) : instruction.Branches!.AtEnd;
                    if (viable == 0) break;
                    ulong rest = viable & (viable - 1);
                    if (rest != 0) Push(new Frame(pc, at, -2, (int)rest, (int)(rest >> 32), _opened));
                    pc = instruction.Branches.Targets[System.Numerics.BitOperations.TrailingZeroCount(viable)];
                    continue;
                }

                case PatternOp.Jump:
                    pc = instruction.A;
                    continue;
                case PatternOp.Anchor:
                    if (!Holds((AnchorKind)instruction.A, text, at)) break;
                    pc++;
                    continue;
                case PatternOp.Look:
                {
                    int from = at - instruction.A;
                    bool matches = from >= 0 && Outcome(in instruction, text, from) >= 0;
                    if (matches == (instruction.B == 1)) break;
                    pc++;
                    continue;
                }

                case PatternOp.Atomic:
                {
                    int stop = Outcome(in instruction, text, at);
                    if (stop < 0) break;
                    at = stop;
                    pc++;
                    continue;
                }

                case PatternOp.Match:
                    _top = bottom;
                    Succeed(opened, at, program != _pattern.Program);
                    return at;
            }

            if (!Backtrack(code, bottom, ref pc, ref at)) return -1;
        }
    }

    /// <summary>Takes up the latest choice that has something left; false where there is none.</summary>
    private bool Backtrack(PatternInstruction[] code, int bottom, ref int pc, ref int at)
    {
        if (++_steps > _budget) throw new PatternBudgetException(_pattern.Text);
        while (_top > bottom)
        {
            ref Frame frame = ref _stack[_top - 1];
            if (_opened > frame.Opened) Close(frame.Opened);
            if (frame.Least == -1)
            {
                (pc, at) = (frame.Pc, frame.At);
                _top--;
                return true;
            }

            ref readonly PatternInstruction instruction = ref code[frame.Pc];
            if (frame.Least == -2)
            {
                ulong rest = (uint)frame.X | (ulong)(uint)frame.Y << 32;
                pc = instruction.Branches!.Targets[System.Numerics.BitOperations.TrailingZeroCount(rest)];
                at = frame.At;
                rest &= rest - 1;
                if (rest == 0) _top--;
                else (frame.X, frame.Y) = ((int)rest, (int)(rest >> 32));
                return true;
            }

            if (frame.At > frame.Least)
            {
                at = --frame.At;
                pc = frame.Pc + 1;
                return true;
            }

            if (instruction.B == int.MaxValue)
            {
                ref LoopFacts facts = ref _loops[instruction.Slot];
                (facts.FailedFrom, facts.FailedTo) = (frame.X, frame.Y);
            }

            _top--;
        }

        return false;
    }

    private int RunEnd(in PatternInstruction instruction, ref LoopFacts facts, ReadOnlySpan<int> text, int at)
    {
        CodePointSet set = instruction.Set!;
        int limit = instruction.B >= text.Length - at ? text.Length : at + instruction.B;
        if (at >= facts.RunFrom && at < facts.RunTo) return Math.Min(facts.RunTo, limit);
        int stop = at;
        int known = at < facts.RunFrom && facts.RunFrom < facts.RunTo ? Math.Min(facts.RunFrom, limit) : limit;
        while (stop < known && set.Contains(text[stop])) stop++;
        _scanned += stop - at;
        if (stop == known && known < limit) stop = Math.Min(facts.RunTo, limit);
        if (limit == text.Length) (facts.RunFrom, facts.RunTo) = (at, stop);
        return stop;
    }

    private bool Known(int slot, int at)
    {
        if (++_steps <= _limit) return false;
        if (_steps > _budget) throw new PatternBudgetException(_pattern.Text);
        _failed ??= new ulong[((long)_pattern.States * (_length + 1) + 63) >> 6];
        long bit = (long)slot * (_length + 1) + at;
        ref ulong word = ref _failed[bit >> 6];
        ulong mask = 1UL << (int)(bit & 63);
        if ((word & mask) != 0)
        {
            _metKnown = true;
            return true;
        }

        word |= mask;
        if (_opened == _open.Length) Array.Resize(ref _open, _opened * 2);
        _open[_opened++] = bit;
        if (_pattern.HasEmptyLoops) (_onPath ??= new ulong[_failed.Length])[bit >> 6] |= mask;
        return false;
    }

    private int Outcome(in PatternInstruction instruction, ReadOnlySpan<int> text, int at)
    {
        if (_steps <= _limit)
        {
            _steps++;
            return Run(instruction.Sub!, text, at);
        }

        // Outcomes are kept as the end plus two; 1 is a failure, 0 is unknown.
        _outcomes ??= new int[_pattern.Subs][];
        int[] known = _outcomes[instruction.Slot] ??= new int[_length + 1];
        if (known[at] == 0) known[at] = Run(instruction.Sub!, text, at) + 2;
        return known[at] - 2;
    }

    private bool Holds(AnchorKind kind, ReadOnlySpan<int> text, int at) => kind switch
    {
        AnchorKind.TextStart => at == 0,
        AnchorKind.TextEnd => at == text.Length,
        AnchorKind.TextEndOrLineFeed => at == text.Length || (at == text.Length - 1 && text[at] == '\n'),
        AnchorKind.LineStart => at == 0 || text[at - 1] == '\n',
        AnchorKind.LineEnd => at == text.Length || text[at] == '\n',
        AnchorKind.MatchStart => at == _matchStart,
        _ => (IsWord(text, at - 1) != IsWord(text, at)) == (kind == AnchorKind.WordBorder),
    };

    private bool IsWord(ReadOnlySpan<int> text, int at)
    {
        if ((uint)at >= (uint)text.Length) return false;
        CodePointSet word = _pattern.Dialect == PatternDialect.Rust ? UnicodeProperties.WordWithJoiners : UnicodeProperties.Word;
        return word.Contains(text[at]);
    }

    private void Push(Frame frame)
    {
        if (_top == _stack.Length) Array.Resize(ref _stack, _top * 2);
        _stack[_top++] = frame;
    }

    /// <summary>What is left to try: <c>Least</c> is -1 for a split, -2 for branches (their bits in X and Y), else a loop's shortest end (its entry and the run's end in X and Y).</summary>
    private record struct Frame(int Pc, int At, int Least, int X, int Y, int Opened);

    /// <summary>What is known about a simple loop in this text. Positions are those of the loop's entry.</summary>
    private struct LoopFacts
    {
        public static readonly LoopFacts None = new() { FailedFrom = -1, FailedTo = -1 };

        public int RunFrom;
        public int RunTo;
        public int FailedFrom;
        public int FailedTo;
    }
}
