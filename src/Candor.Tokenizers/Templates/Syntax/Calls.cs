namespace Candor.Tokenizers.Templates;

/// <summary>The arguments as they are written: positional, named, <c>*more</c>, <c>**more</c>.</summary>
internal sealed class ArgumentList(Expression[] positional, (string Name, Expression Value)[] named, Expression? star, Expression? doubleStar)
{
    public static readonly ArgumentList Empty = new([], [], null, null);

    public (string Name, Expression Value)[] Named => named;

    public IEnumerable<Node> Children
    {
        get
        {
            foreach (Expression item in positional) yield return item;
            foreach ((string _, Expression value) in named) yield return value;
            if (star is not null) yield return star;
            if (doubleStar is not null) yield return doubleStar;
        }
    }

    /// <summary>Evaluates them, after values that come first.</summary>
    public CallArguments Evaluate(Scope scope, TemplateValue? first, string callee)
    {
        if (first is null && positional.Length == 0 && named.Length == 0 && star is null && doubleStar is null) return CallArguments.None;
        int lead = first is null ? 0 : 1;
        var values = new TemplateValue[lead + positional.Length];
        if (first is not null) values[0] = first;
        for (int i = 0; i < positional.Length; i++) values[lead + i] = positional[i].Evaluate(scope);
        if (named.Length == 0 && star is null && doubleStar is null) return new CallArguments(values);
        return Rest(scope, values, callee);
    }

    private CallArguments Rest(Scope scope, TemplateValue[] values, string callee)
    {
        var byName = new List<KeyValuePair<string, TemplateValue>>();
        foreach ((string name, Expression value) in named) byName.Add(new(name, value.Evaluate(scope)));
        if (star is not null)
        {
            TemplateValue more = star.Evaluate(scope);
            ValueIterator items = more.Iterate(scope.Run) ?? throw Faults.Type($"{callee} argument after * must be an iterable, not {more.TypeName}");
            values = [.. values, .. Iteration.Drain(scope.Run, items)];
        }

        if (doubleStar is not null) AddNamed(scope, byName, doubleStar.Evaluate(scope), callee);
        return new CallArguments(values, byName);
    }

    private static void AddNamed(Scope scope, List<KeyValuePair<string, TemplateValue>> byName, TemplateValue more, string callee)
    {
        if (more is UndefinedValue undefined) throw undefined.Fault(scope.Run);
        if (more is not DictValue dict) throw Faults.Type($"{callee} argument after ** must be a mapping, not {more.TypeName}");
        scope.Run.AllocateElements(dict.Items.Count);
        var taken = new HashSet<string>(byName.Select(pair => pair.Key));
        foreach ((TemplateValue key, TemplateValue value) in dict.Items)
        {
            if (key is not StringValue name) throw Faults.Type("keywords must be strings");
            if (!taken.Add(name.Value)) throw Faults.Type($"{callee} got multiple values for keyword argument '{name.Value}'");
            byName.Add(new(name.Value, value));
        }
    }
}

/// <summary><c>f(...)</c>.</summary>
internal sealed class CallExpression : Expression
{
    private readonly Expression callee;
    private readonly ArgumentList arguments;

    public CallExpression(Expression callee, ArgumentList arguments, int line)
        : base(line)
    {
        this.callee = callee;
        this.arguments = arguments;
        Measure();
    }

    public ArgumentList Arguments => arguments;

    public override IEnumerable<Node> Children => [callee, .. arguments.Children];

    public override TemplateValue Evaluate(Scope scope) => Call(scope, null);

    /// <summary>Calls, with the body of a call block as the argument <c>caller</c>.</summary>
    public TemplateValue Call(Scope scope, TemplateValue? caller)
    {
        RenderRun run = scope.Run;
        run.Step();
        TemplateValue function = callee.Evaluate(scope);
        CallArguments values = arguments.Evaluate(scope, null, "function");
        if (caller is not null)
        {
            List<KeyValuePair<string, TemplateValue>> named = [.. values.Named ?? []];
            if (named.Exists(pair => pair.Key == "caller")) throw Faults.Type("function got multiple values for keyword argument 'caller'");
            named.Add(new("caller", caller));
            values = new CallArguments(values.Positional, named);
        }

        TemplateValue result = Iteration.Call(run, function, values);
        run.Line = Line;
        return result;
    }
}

/// <summary><c>a | name(...)</c>; without an <c>a</c> it filters the text of a block.</summary>
internal sealed class FilterExpression : Expression
{
    private readonly Expression? operand;
    private readonly string name;
    private readonly ArgumentList arguments;
    private readonly Builtin? filter;

    public FilterExpression(Expression? operand, string name, ArgumentList arguments, int line)
        : base(line)
    {
        this.operand = operand;
        this.name = name;
        this.arguments = arguments;
        filter = FilterTable.Find(name);
        Measure();
    }

    public string Name => name;

    public bool IsKnown => filter is not null;

    public ArgumentList Arguments => arguments;

    public override IEnumerable<Node> Children => operand is null ? arguments.Children : [operand, .. arguments.Children];

    public override TemplateValue Evaluate(Scope scope) => Apply(scope, null);

    /// <summary>Applies the filters; <paramref name="block"/> is the text of the block.</summary>
    public TemplateValue Apply(Scope scope, TemplateValue? block)
    {
        RenderRun run = scope.Run;
        run.Step();
        TemplateValue value = operand switch
        {
            null => block ?? StringValue.Empty,
            FilterExpression inner => inner.Apply(scope, block),
            _ => operand.Evaluate(scope),
        };
        CallArguments values = arguments.Evaluate(scope, value, name);
        if (filter is null) throw Faults.Runtime($"No filter named '{name}' found.");
        return filter(run, values);
    }
}

/// <summary><c>a is name(...)</c>.</summary>
internal sealed class TestExpression : Expression
{
    private readonly Expression operand;
    private readonly string name;
    private readonly ArgumentList arguments;
    private readonly Builtin? test;

    public TestExpression(Expression operand, string name, ArgumentList arguments, int line)
        : base(line)
    {
        this.operand = operand;
        this.name = name;
        this.arguments = arguments;
        test = TestTable.Find(name);
        Measure();
    }

    public string Name => name;

    public bool IsKnown => test is not null;

    public ArgumentList Arguments => arguments;

    public override IEnumerable<Node> Children => [operand, .. arguments.Children];

    public override TemplateValue Evaluate(Scope scope)
    {
        scope.Run.Step();
        TemplateValue value = operand.Evaluate(scope);
        CallArguments values = arguments.Evaluate(scope, value, name);
        if (test is null) throw Faults.Runtime($"No test named '{name}' found.");
        return test(scope.Run, values);
    }
}
