namespace Candor.Tokenizers.Templates;

/// <summary>A constant.</summary>
internal sealed class ConstantExpression(TemplateValue value, int line) : Expression(line)
{
    public TemplateValue Value => value;

    public override IEnumerable<Node> Children => [];

    public override TemplateValue Evaluate(Scope scope) => value;
}

/// <summary>Text between tags.</summary>
internal sealed class TextExpression(string text, int line) : Expression(line)
{
    public string Text => text;

    public override IEnumerable<Node> Children => [];

    public override TemplateValue Evaluate(Scope scope) => StringValue.Of(text);
}

/// <summary><c>[a, b]</c>.</summary>
internal sealed class ListExpression : Expression
{
    private readonly Expression[] items;

    public ListExpression(Expression[] items, int line)
        : base(line)
    {
        this.items = items;
        Measure();
    }

    public override IEnumerable<Node> Children => items;

    public override TemplateValue Evaluate(Scope scope) => new ListValue(All(scope, items));

    public static List<TemplateValue> All(Scope scope, Expression[] items)
    {
        scope.Run.Step();
        scope.Run.AllocateElements(items.Length);
        var values = new List<TemplateValue>(items.Length);
        foreach (Expression item in items) values.Add(item.Evaluate(scope));
        return values;
    }
}

/// <summary><c>(a, b)</c>, and the target of an assignment to several names.</summary>
internal sealed class TupleExpression : Expression
{
    private readonly Expression[] items;

    public TupleExpression(Expression[] items, int line)
        : base(line)
    {
        this.items = items;
        Measure();
    }

    public Expression[] Items => items;

    public override IEnumerable<Node> Children => items;

    public override TemplateValue Evaluate(Scope scope) => new TupleValue(ListExpression.All(scope, items));
}

/// <summary><c>{a: b}</c>.</summary>
internal sealed class DictExpression : Expression
{
    private readonly (Expression Key, Expression Value)[] pairs;

    public DictExpression((Expression Key, Expression Value)[] pairs, int line)
        : base(line)
    {
        this.pairs = pairs;
        Measure();
    }

    public override IEnumerable<Node> Children => pairs.SelectMany(pair => new Node[] { pair.Key, pair.Value });

    public override TemplateValue Evaluate(Scope scope)
    {
        scope.Run.Step();
        scope.Run.Allocate(2 * pairs.Length);
        var dict = new DictValue(scope.Run.Keys);
        foreach ((Expression key, Expression value) in pairs)
        {
            TemplateValue name = key.Evaluate(scope);
            TemplateValue member = value.Evaluate(scope);
            KeyComparer.RequireHashable(name);
            dict.Items[name] = member;
        }

        return dict;
    }
}
