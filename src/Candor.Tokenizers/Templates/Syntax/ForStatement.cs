namespace Candor.Tokenizers.Templates;

/// <summary><c>{% for a in b if c %}...{% else %}...{% endfor %}</c>, recursive or not.</summary>
internal sealed class ForStatement : Statement
{
    public ForStatement(
        Expression target,
        Expression iterable,
        Expression? test,
        bool recursive,
        Statement[] body,
        Statement[] otherwise,
        int line)
        : base(line)
    {
        Target = target;
        Iterable = iterable;
        Test = test;
        Recursive = recursive;
        Body = body;
        Otherwise = otherwise;
        Measure();
    }

    public Expression Target { get; }

    public Expression Iterable { get; }

    public Expression? Test { get; }

    public bool Recursive { get; }

    public Statement[] Body { get; }

    public Statement[] Otherwise { get; }

    public ForBinding Bound { get; set; } = new();

    public override IEnumerable<Node> Children
    {
        get
        {
            yield return Target;
            yield return Iterable;
            foreach (Statement statement in Body) yield return statement;
            foreach (Statement statement in Otherwise) yield return statement;
            if (Test is not null) yield return Test;
        }
    }

    public override Flow Execute(Scope scope, Sink sink)
    {
        RenderRun run = scope.Run;
        run.Line = Line;
        TemplateValue iterable = Iterable.Evaluate(scope);
        if (!Recursive) return Loop(scope, scope, sink, iterable, 0);
        sink.Append(Recurse(scope, iterable, 0).Value);
        return Flow.Next;
    }

    /// <summary>The text of a recursive loop over other elements.</summary>
    public StringValue Recurse(Scope outer, TemplateValue iterable, int depth)
    {
        RenderRun run = outer.Run;
        run.EnterCall();
        var text = new Sink(run);
        Loop(outer, new Scope(run, Bound.LoopSlots, outer), text, iterable, depth);
        run.LeaveCall();
        return run.Text(text.ToString(), run.Autoescape);
    }

    private Flow Loop(Scope outer, Scope scope, Sink sink, TemplateValue iterable, int depth)
    {
        RenderRun run = scope.Run;
        ValueIterator items = Iteration.Of(run, iterable);
        bool filtered = Test is not null;
        if (filtered) items = new EnumeratorIterator(Filtered(outer, items).GetEnumerator());
        LoopValue? loop = null;
        if (Bound.HasLoopVariable)
        {
            loop = new LoopValue(run, filtered ? null : iterable.Length, items, Recursive ? (more, level) => Recurse(outer, more, level) : null, depth);
            items = loop;
        }

        bool none = true;
        Flow flow = Flow.Next;
        while (items.Next() is { } item)
        {
            run.Step();
            run.Line = Line;
            Bound.Target!.Assign(scope, item);
            if (loop is not null) scope.Slots[Bound.LoopVariable] = loop.Value;
            scope.Load(Bound.BodyLoads);
            flow = Run(Body, scope, sink);
            if (flow == Flow.Break) break;

            // As in Jinja, a round that ends with continue or break does not keep the else branch away.
            if (flow == Flow.Next) none = false;
        }

        scope.Unload(Bound.BodyLoads);
        if (!none || Otherwise.Length == 0) return Flow.Next;
        scope.Load(Bound.ElseLoads);
        flow = Run(Otherwise, scope, sink);
        scope.Unload(Bound.ElseLoads);
        return flow;
    }

    private IEnumerable<TemplateValue> Filtered(Scope outer, ValueIterator items)
    {
        var scope = new Scope(outer.Run, Bound.TestSlots, outer);
        scope.Load(Bound.TestLoads);
        while (items.Next() is { } item)
        {
            outer.Run.Step();
            Bound.TestTarget!.Assign(scope, item);
            if (Test!.Evaluate(scope).IsTrue) yield return item;
        }
    }
}

/// <summary>Where the variables of a loop live.</summary>
internal sealed class ForBinding
{
    public AssignTarget? Target { get; init; }

    /// <summary>The slots of the function that a recursive loop is.</summary>
    public int LoopSlots { get; init; }

    public bool HasLoopVariable { get; init; }

    public int LoopVariable { get; init; }

    public VariableLoad[] BodyLoads { get; init; } = [];

    public VariableLoad[] ElseLoads { get; init; } = [];

    public AssignTarget? TestTarget { get; init; }

    public int TestSlots { get; init; }

    public VariableLoad[] TestLoads { get; init; } = [];
}
