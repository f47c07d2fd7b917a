namespace Candor.Tokenizers.Templates;

/// <summary>What a name is there for.</summary>
internal enum NameUse
{
    Load,
    Store,
    Parameter,
}

/// <summary>A variable.</summary>
internal sealed class NameExpression(string name, NameUse use, int line) : Expression(line)
{
    private int hops;
    private int index;

    public string Name => name;

    public NameUse Use { get; set; } = use;

    public override IEnumerable<Node> Children => [];

    public void Bind(VariablePlace place) => (hops, index) = (place.Hops, place.Index);

    public override TemplateValue Evaluate(Scope scope)
    {
        Scope at = scope;
        for (int i = hops; i > 0; i--) at = at.Outer!;
        return at.Slots[index] ?? UndefinedValue.Variable(name);
    }
}

/// <summary>An attribute of a namespace that is assigned to.</summary>
internal sealed class NamespaceReference(string name, string attribute, int line) : Expression(line)
{
    public string Name => name;

    public string Attribute => attribute;

    public override IEnumerable<Node> Children => [];

    public override TemplateValue Evaluate(Scope scope) => throw Faults.Runtime("a namespace reference has no value");
}
