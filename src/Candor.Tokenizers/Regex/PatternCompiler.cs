namespace Candor.Tokenizers.Regex;

/// <summary>Turns a parsed pattern into instructions. Counted repetitions are written out, so size is limited.</summary>
internal sealed class PatternCompiler
{
    private const int MaxInstructions = 20_000;

    private List<PatternInstruction> _code = [];
    private int _total;
    private int _loops;
    private int _states;
    private int _subs;

    /// <summary>How many loops remember a run.</summary>
    public int Loops => _loops;

    /// <summary>How many choices remember where they failed.</summary>
    public int States => _states;

    /// <summary>How many groups and looks remember their outcome.</summary>
    public int Subs => _subs;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="PatternSyntaxException">It grows too large.</exception>
    public PatternProgram Compile(PatternNode node)
    {
        List<PatternInstruction> outer = _code;
        _code = [];
        Emit(node);
        Add(new PatternInstruction(PatternOp.Match));
        var program = new PatternProgram([.. _code]);
        _code = outer;
        return program;
    }

    private int Add(PatternInstruction instruction)
    {
        if (++_total > MaxInstructions) throw new PatternSyntaxException($"needs more than {MaxInstructions} instructions", 0);
        _code.Add(instruction);
        return _code.Count - 1;
    }

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                Add(one.Set.Single >= 0 ? new PatternInstruction(PatternOp.Char, one.Set.Single) : new PatternInstruction(PatternOp.Set, Set: one.Set));
                break;
            case PatternNode.Sequence sequence:
                foreach (PatternNode part in sequence.Parts) Emit(part);
                break;
            case PatternNode.Alternation alternation:
                EmitBranches([.. alternation.Branches]);
                break;
            case PatternNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            case PatternNode.Atomic atomic:
                Add(new PatternInstruction(PatternOp.Atomic, Sub: Compile(atomic.Body), Slot: _subs++));
                break;
            case PatternNode.Look look:
                int back = look.Behind ? look.Body.FixedLength : 0;
                Add(new PatternInstruction(PatternOp.Look, back, look.Negative ? 1 : 0, Sub: Compile(look.Body), Slot: _subs++));
                break;
            case PatternNode.Anchor anchor:
                Add(new PatternInstruction(PatternOp.Anchor, (int)anchor.Kind));
                break;
        }
    }

    private void EmitBranches(PatternNode[] branches)
    {
        if (branches.Length > 64)
        {
            PatternNode[] rest = branches[63..];
            branches = [.. branches[..63], new PatternNode.Alternation(rest)];
        }

        int at = Add(default);
        var targets = new int[branches.Length];
        var jumps = new int[branches.Length];
        for (int b = 0; b < branches.Length; b++)
        {
            targets[b] = _code.Count;
            Emit(branches[b]);
            jumps[b] = Add(default);
        }

        foreach (int jump in jumps) _code[jump] = new PatternInstruction(PatternOp.Jump, _code.Count);
        CodePointSet?[] first = [.. branches.Select(b => b.IsNullable ? null : b.First)];
        _code[at] = new PatternInstruction(PatternOp.Branch, Branches: new BranchTable(first, targets), Slot: _states++);
    }

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        if (repeat.Body is PatternNode.One one && repeat.Mode != RepeatMode.Lazy)
        {
            PatternOp op = repeat.Mode == RepeatMode.Possessive ? PatternOp.LoopPossessive : PatternOp.Loop;
            Add(new PatternInstruction(op, repeat.Min, repeat.Max < 0 ? int.MaxValue : repeat.Max, one.Set, Slot: _loops++));
            return;
        }

        if (repeat.Mode == RepeatMode.Possessive)
        {
            Emit(new PatternNode.Atomic(repeat with { Mode = RepeatMode.Greedy }));
            return;
        }

        for (int i = 0; i < repeat.Min; i++) Emit(repeat.Body);
        if (repeat.Max < 0)
        {
            int loop = Add(default);
            Emit(repeat.Body);
            Add(new PatternInstruction(PatternOp.Jump, loop));
            _code[loop] = Choice(repeat.Mode, loop + 1, _code.Count);
            return;
        }

        var exits = new List<int>();
        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            exits.Add(Add(default));
            Emit(repeat.Body);
        }

        foreach (int exit in exits) _code[exit] = Choice(repeat.Mode, exit + 1, _code.Count);
    }

    private PatternInstruction Choice(RepeatMode mode, int body, int exit) => mode == RepeatMode.Lazy
        ? new PatternInstruction(PatternOp.Split, exit, body, Slot: _states++)
        : new PatternInstruction(PatternOp.Split, body, exit, Slot: _states++);
}
