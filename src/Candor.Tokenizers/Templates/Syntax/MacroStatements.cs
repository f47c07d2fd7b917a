namespace Candor.Tokenizers.Templates;

/// <summary>What macros and call blocks share: parameters and a body that makes a text.</summary>
internal sealed class MacroDefinition(string? name, NameExpression[] parameters, Expression[] defaults, Statement[] body, int line)
{
    public string? Name => name;

    public NameExpression[] Parameters => parameters;

    /// <summary>Defaults of the last parameters.</summary>
    public Expression[] Defaults => defaults;

    public Statement[] Body => body;

    public int Line => line;

    public MacroBinding Bound { get; set; } = new();

    public IEnumerable<Node> Children => [.. parameters, .. defaults, .. body];
}

/// <summary>Where the variables of a macro live.</summary>
internal sealed class MacroBinding
{
    public int Slots { get; init; }

    public int[] Parameters { get; init; } = [];

    /// <summary>The slot of <c>caller</c> where the body uses it and it is not a parameter; else -1.</summary>
    public int Caller { get; init; } = -1;

    /// <summary>Whether the body uses <c>caller</c>.</summary>
    public bool UsesCaller { get; init; }

    public int Named { get; init; } = -1;

    public int Positional { get; init; } = -1;

    public VariableLoad[] Loads { get; init; } = [];
}

/// <summary><c>{% macro m(a) %}...{% endmacro %}</c>.</summary>
internal sealed class MacroStatement : Statement
{
    public MacroStatement(MacroDefinition definition, int line)
        : base(line)
    {
        Definition = definition;
        Measure();
    }

    public MacroDefinition Definition { get; }

    public AssignTarget? Bound { get; set; }

    public override IEnumerable<Node> Children => Definition.Children;

    public override Flow Execute(Scope scope, Sink sink)
    {
        scope.Run.Line = Line;
        Bound!.Assign(scope, new MacroValue(Definition, scope, scope.Run.Autoescape));
        return Flow.Next;
    }
}

/// <summary><c>{% call(a) m() %}...{% endcall %}</c>.</summary>
internal sealed class CallBlockStatement : Statement
{
    public CallBlockStatement(CallExpression call, MacroDefinition definition, int line)
        : base(line)
    {
        Call = call;
        Definition = definition;
        Measure();
    }

    public CallExpression Call { get; }

    public MacroDefinition Definition { get; }

    public override IEnumerable<Node> Children => [Call, .. Definition.Children];

    public override Flow Execute(Scope scope, Sink sink)
    {
        scope.Run.Line = Line;
        sink.Append(Texts.Joined(Call.Call(scope, new MacroValue(Definition, scope, scope.Run.Autoescape))));
        return Flow.Next;
    }
}

/// <summary><c>{% generation %}...{% endgeneration %}</c>: text that the model writes.</summary>
internal sealed class GenerationStatement : Statement
{
    public GenerationStatement(MacroDefinition definition, int line)
        : base(line)
    {
        Definition = definition;
        Measure();
    }

    public MacroDefinition Definition { get; }

    public override IEnumerable<Node> Children => Definition.Children;

    public override Flow Execute(Scope scope, Sink sink)
    {
        RenderRun run = scope.Run;
        run.Line = Line;
        string text = Texts.Joined(new MacroValue(Definition, scope, run.Autoescape).Call(run, CallArguments.None));
        int begin = run.Output.CodePoints();
        run.Generations.Add(new GenerationSpan(begin, begin + PyText.CodePoints(text)));
        sink.Append(text);
        return Flow.Next;
    }
}

/// <summary><c>{% filter f %}...{% endfilter %}</c>.</summary>
internal sealed class FilterBlockStatement : Statement
{
    public FilterBlockStatement(FilterExpression filter, Statement[] body, int line)
        : base(line)
    {
        Filter = filter;
        Body = body;
        Measure();
    }

    public FilterExpression Filter { get; }

    public Statement[] Body { get; }

    public VariableLoad[] Loads { get; set; } = [];

    public override IEnumerable<Node> Children => [.. Body, Filter];

    public override Flow Execute(Scope scope, Sink sink)
    {
        RenderRun run = scope.Run;
        scope.Load(Loads);
        var block = new Sink(run);
        Flow flow = Run(Body, scope, block);
        if (flow != Flow.Next) return flow;
        run.Line = Line;
        sink.Append(Texts.Joined(Filter.Apply(scope, run.Text(block.ToString(), run.Autoescape))));
        scope.Unload(Loads);
        return Flow.Next;
    }
}

/// <summary>Results that go to the output unchanged.</summary>
internal static class Texts
{
    /// <summary>The text of a result; anything else cannot be joined to the output.</summary>
    public static string Joined(TemplateValue value) =>
        value is StringValue text ? text.Value : throw Faults.Type($"sequence item: expected str instance, {value.TypeName} found");
}

/// <summary><c>{% block a %}...{% endblock %}</c>.</summary>
internal sealed class BlockStatement : Statement
{
    public BlockStatement(string name, bool scoped, bool required, Statement[] body, int line)
        : base(line)
    {
        Name = name;
        Scoped = scoped;
        Required = required;
        Body = body;
        HasScopedBlock = scoped;
        Measure();
    }

    public string Name { get; }

    public bool Scoped { get; }

    public bool Required { get; }

    public Statement[] Body { get; }

    public int Slots { get; set; }

    public int Self { get; set; } = -1;

    public int Super { get; set; } = -1;

    public VariableLoad[] Loads { get; set; } = [];

    /// <summary>The variables around a scoped block that it may see.</summary>
    public (string Name, VariablePlace Place)[] Visible { get; set; } = [];

    public override IEnumerable<Node> Children => Body;

    public override Flow Execute(Scope scope, Sink sink)
    {
        scope.Run.Line = Line;
        if (Required) throw Faults.Runtime($"Required block '{Name}' not found");
        if (!Scoped)
        {
            Render(scope.Run, sink);
            return Flow.Next;
        }

        var seen = new List<KeyValuePair<string, TemplateValue>>();
        foreach ((string name, VariablePlace place) in Visible)
            if (scope.Get(place) is { } value) seen.Add(new(name, value));
        using (scope.Run.Overlay(seen)) Render(scope.Run, sink);
        return Flow.Next;
    }

    public void Render(RenderRun run, Sink sink)
    {
        run.EnterCall();
        var inner = new Scope(run, Slots, null);
        if (Self >= 0) inner.Slots[Self] = new SelfValue();
        if (Super >= 0) inner.Slots[Super] = UndefinedValue.Hint($"there is no parent block called '{Name}'.");
        inner.Load(Loads);
        Run(Body, inner, sink);
        run.LeaveCall();
    }
}
