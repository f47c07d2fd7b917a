namespace Candor.Tokenizers.Templates;

/// <summary>Text and <c>{{ ... }}</c>.</summary>
internal sealed class OutputStatement : Statement
{
    private readonly Expression[] parts;

    public OutputStatement(Expression[] parts, int line)
        : base(line)
    {
        this.parts = parts;
        Measure();
    }

    public override IEnumerable<Node> Children => parts;

    public override Flow Execute(Scope scope, Sink sink)
    {
        RenderRun run = scope.Run;
        foreach (Expression part in parts)
        {
            if (part is TextExpression text)
            {
                sink.Append(text.Text);
                continue;
            }

            run.Step();
            run.Line = part.Line;
            TemplateValue value = part.Evaluate(scope);
            sink.Append(run.Autoescape ? Html.Escape(run, value).Value : value.ToText(run));
        }

        return Flow.Next;
    }
}

/// <summary><c>{% if %}</c> with its branches; the last one may have no test.</summary>
internal sealed class IfStatement : Statement
{
    public IfStatement((Expression Test, Statement[] Body, int Line)[] branches, Statement[] otherwise, int line)
        : base(line)
    {
        Branches = branches;
        Otherwise = otherwise;
        Measure();
    }

    public (Expression Test, Statement[] Body, int Line)[] Branches { get; }

    public Statement[] Otherwise { get; }

    public override IEnumerable<Node> Children => [.. Branches.SelectMany(b => (IEnumerable<Node>)[b.Test, .. b.Body]), .. Otherwise];

    public override Flow Execute(Scope scope, Sink sink)
    {
        foreach ((Expression test, Statement[] body, int line) in Branches)
        {
            scope.Run.Line = line;
            if (test.Evaluate(scope).IsTrue) return Run(body, scope, sink);
        }

        return Run(Otherwise, scope, sink);
    }
}

/// <summary><c>{% break %}</c> or <c>{% continue %}</c>.</summary>
internal sealed class LoopControlStatement(bool isBreak, int line) : Statement(line)
{
    public bool IsBreak => isBreak;

    public override IEnumerable<Node> Children => [];

    public override Flow Execute(Scope scope, Sink sink) => isBreak ? Flow.Break : Flow.Continue;
}

/// <summary><c>{% extends %}</c>, <c>{% include %}</c>, <c>{% import %}</c>: there is nothing to load from.</summary>
internal sealed class LoadStatement : Statement
{
    private readonly Expression template;

    public LoadStatement(string tag, Expression template, string[] stores, int line)
        : base(line)
    {
        Tag = tag;
        Stores = stores;
        this.template = template;
        Measure();
    }

    public string Tag { get; }

    /// <summary>The names that an import would set.</summary>
    public string[] Stores { get; }

    public override IEnumerable<Node> Children => [template];

    public override Flow Execute(Scope scope, Sink sink)
    {
        scope.Run.Line = Line;
        template.Evaluate(scope);
        throw Faults.Type("no loader for this environment specified");
    }
}
