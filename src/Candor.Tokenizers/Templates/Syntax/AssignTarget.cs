namespace Candor.Tokenizers.Templates;

/// <summary>What is assigned to, with its place: made from names, tuples and namespace references.</summary>
internal abstract class AssignTarget
{
    /// <summary>Fails where something is to be set on what is not a namespace.</summary>
    public virtual void Check(Scope scope)
    {
    }

    public abstract void Assign(Scope scope, TemplateValue value);
}

/// <summary>One variable; <paramref name="exported"/>: blocks see it too.</summary>
internal sealed class NameTarget(string name, VariablePlace place, bool exported) : AssignTarget
{
    public override void Assign(Scope scope, TemplateValue value)
    {
        scope.Set(place, value);
        if (exported) scope.Run.Export(name, value);
    }
}

/// <summary>One attribute of a namespace.</summary>
internal sealed class NamespaceTarget(VariablePlace place, string attribute) : AssignTarget
{
    public override void Check(Scope scope) => Namespace(scope);

    public override void Assign(Scope scope, TemplateValue value)
    {
        NamespaceValue target = Namespace(scope);
        scope.Run.AllocateElements(1);
        target.Set(attribute, value);
    }

    private NamespaceValue Namespace(Scope scope) =>
        scope.Get(place) as NamespaceValue ?? throw Faults.Runtime("cannot assign attribute on non-namespace object");
}

/// <summary>Several targets, for the elements of a value.</summary>
internal sealed class TupleTarget(AssignTarget[] targets) : AssignTarget
{
    public override void Check(Scope scope)
    {
        foreach (AssignTarget target in targets) target.Check(scope);
    }

    public override void Assign(Scope scope, TemplateValue value)
    {
        ValueIterator items = value.Iterate(scope.Run) ?? throw Faults.Type($"cannot unpack non-iterable {value.TypeName} object");
        var values = new TemplateValue[targets.Length];
        for (int i = 0; i < targets.Length; i++)
            values[i] = items.Next() ?? throw Faults.Value($"not enough values to unpack (expected {targets.Length}, got {i})");
        if (items.Next() is not null) throw Faults.Value($"too many values to unpack (expected {targets.Length})");
        for (int i = 0; i < targets.Length; i++) targets[i].Assign(scope, values[i]);
    }
}
