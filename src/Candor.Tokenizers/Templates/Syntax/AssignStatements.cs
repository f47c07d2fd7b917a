namespace Candor.Tokenizers.Templates;

/// <summary><c>{% set a = b %}</c>.</summary>
internal sealed class AssignStatement : Statement
{
    public AssignStatement(Expression target, Expression value, int line)
        : base(line)
    {
        Target = target;
        Value = value;
        Measure();
    }

    public Expression Target { get; }

    public Expression Value { get; }

    public AssignTarget? Bound { get; set; }

    public override IEnumerable<Node> Children => [Target, Value];

    public override Flow Execute(Scope scope, Sink sink)
    {
        scope.Run.Line = Line;
        Bound!.Check(scope);
        Bound.Assign(scope, Value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% set a %}...{% endset %}</c>.</summary>
internal sealed class AssignBlockStatement : Statement
{
    public AssignBlockStatement(Expression target, FilterExpression? filter, Statement[] body, int line)
        : base(line)
    {
        Target = target;
        Filter = filter;
        Body = body;
        Measure();
    }

    public Expression Target { get; }

    public FilterExpression? Filter { get; }

    public Statement[] Body { get; }

    public AssignTarget? Bound { get; set; }

    public VariableLoad[] Loads { get; set; } = [];

    public override IEnumerable<Node> Children => Filter is null ? [Target, .. Body] : [Target, Filter, .. Body];

    public override Flow Execute(Scope scope, Sink sink)
    {
        RenderRun run = scope.Run;
        scope.Load(Loads);
        var block = new Sink(run);
        Flow flow = Run(Body, scope, block);
        if (flow != Flow.Next) return flow;
        run.Line = Line;
        TemplateValue value = run.Text(block.ToString(), run.Autoescape && Filter is not null);
        if (Filter is not null) value = Filter.Apply(scope, value);
        if (run.Autoescape && value is not StringValue { IsMarkup: true }) value = run.Text(value.ToText(run), true);
        Bound!.Assign(scope, value);
        scope.Unload(Loads);
        return Flow.Next;
    }
}

/// <summary><c>{% with a = b %}...{% endwith %}</c>.</summary>
internal sealed class WithStatement : Statement
{
    public WithStatement(Expression[] targets, Expression[] values, Statement[] body, int line)
        : base(line)
    {
        Targets = targets;
        Values = values;
        Body = body;
        Measure();
    }

    public Expression[] Targets { get; }

    public Expression[] Values { get; }

    public Statement[] Body { get; }

    public AssignTarget[] Bound { get; set; } = [];

    public VariableLoad[] Loads { get; set; } = [];

    public override IEnumerable<Node> Children => [.. Targets, .. Values, .. Body];

    public override Flow Execute(Scope scope, Sink sink)
    {
        scope.Run.Line = Line;
        scope.Load(Loads);
        for (int i = 0; i < Bound.Length; i++) Bound[i].Assign(scope, Values[i].Evaluate(scope));
        Flow flow = Run(Body, scope, sink);
        if (flow == Flow.Next) scope.Unload(Loads);
        return flow;
    }
}

/// <summary><c>{% autoescape on %}...{% endautoescape %}</c>.</summary>
internal sealed class AutoescapeStatement : Statement
{
    public AutoescapeStatement(Expression enabled, Statement[] body, int line)
        : base(line)
    {
        Enabled = enabled;
        Body = body;
        Measure();
    }

    public Expression Enabled { get; }

    public Statement[] Body { get; }

    public VariableLoad[] Loads { get; set; } = [];

    public override IEnumerable<Node> Children => [Enabled, .. Body];

    public override Flow Execute(Scope scope, Sink sink)
    {
        RenderRun run = scope.Run;
        run.Line = Line;
        scope.Load(Loads);
        bool before = run.Autoescape;
        run.Autoescape = Enabled.Evaluate(scope).IsTrue;
        try
        {
            Flow flow = Run(Body, scope, sink);
            if (flow == Flow.Next) scope.Unload(Loads);
            return flow;
        }
        finally
        {
            run.Autoescape = before;
        }
    }
}
