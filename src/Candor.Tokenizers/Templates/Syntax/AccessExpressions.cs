namespace Candor.Tokenizers.Templates;

/// <summary><c>a.name</c>.</summary>
internal sealed class AttributeExpression : Expression
{
    private readonly Expression owner;
    private readonly StringValue name;

    public AttributeExpression(Expression owner, string name, int line)
        : base(line)
    {
        this.owner = owner;
        this.name = StringValue.Of(name);
        Measure();
    }

    public override IEnumerable<Node> Children => [owner];

    public override TemplateValue Evaluate(Scope scope) => Access.Attribute(scope.Run, owner.Evaluate(scope), name);
}

/// <summary><c>a[key]</c>.</summary>
internal sealed class ItemExpression : Expression
{
    private readonly Expression owner;
    private readonly Expression key;

    public ItemExpression(Expression owner, Expression key, int line)
        : base(line)
    {
        this.owner = owner;
        this.key = key;
        Measure();
    }

    public override IEnumerable<Node> Children => [owner, key];

    public override TemplateValue Evaluate(Scope scope) => Access.Item(scope.Run, owner.Evaluate(scope), key.Evaluate(scope));
}

/// <summary><c>a[start:stop:step]</c>.</summary>
internal sealed class SliceExpression : Expression
{
    private readonly Expression owner;
    private readonly Expression? start;
    private readonly Expression? stop;
    private readonly Expression? step;

    public SliceExpression(Expression owner, Expression? start, Expression? stop, Expression? step, int line)
        : base(line)
    {
        this.owner = owner;
        this.start = start;
        this.stop = stop;
        this.step = step;
        Measure();
    }

    public override IEnumerable<Node> Children => new Node?[] { owner, start, stop, step }.OfType<Node>();

    public override TemplateValue Evaluate(Scope scope)
    {
        scope.Run.Step();
        return Slicing.Slice(scope.Run, owner.Evaluate(scope), start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope));
    }
}
