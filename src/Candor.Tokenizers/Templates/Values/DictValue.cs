namespace Candor.Tokenizers.Templates;

/// <summary>A dictionary in order of insertion. Templates cannot change it.</summary>
internal sealed class DictValue(KeyComparer comparer) : TemplateValue
{
    public OrderedDictionary<TemplateValue, TemplateValue> Items { get; } = new(comparer);

    internal override string TypeName => "dict";

    internal override bool IsTrue => Items.Count > 0;

    internal override long? Length => Items.Count;

    internal override ValueIterator Iterate(RenderRun run) => new SequenceIterator(Items.Keys);

    internal override TemplateValue? Item(RenderRun run, TemplateValue key) =>
        KeyComparer.IsHashable(key) && Items.TryGetValue(key, out TemplateValue? value) ? value : null;

    internal override TemplateValue? Attribute(RenderRun run, string name) => DictMethods.Bind(this, name);

    internal override bool IsMutator(string name) => name is "clear" or "pop" or "popitem" or "setdefault" or "update";

    internal override void Repr(ReprWriter writer)
    {
        StackGuard.Check();
        writer.Append("{");
        bool first = true;
        foreach ((TemplateValue key, TemplateValue value) in Items)
        {
            if (!first) writer.Append(", ");
            first = false;
            writer.Value(key);
            writer.Append(": ");
            writer.Value(value);
        }

        writer.Append("}");
    }
}

/// <summary>Which part of a dictionary a view shows.</summary>
internal enum DictPart
{
    Keys,
    Values,
    Items,
}

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> of a dictionary give.</summary>
internal sealed class DictViewValue(DictValue dict, DictPart part) : TemplateValue
{
    public DictValue Dict => dict;

    public DictPart Part => part;

    internal override string TypeName => part switch
    {
        DictPart.Keys => "dict_keys",
        DictPart.Values => "dict_values",
        _ => "dict_items",
    };

    internal override bool IsTrue => dict.Items.Count > 0;

    internal override long? Length => dict.Items.Count;

    public IEnumerable<TemplateValue> Elements() => part switch
    {
        DictPart.Keys => dict.Items.Keys,
        DictPart.Values => dict.Items.Values,
        _ => dict.Items.Select(pair => new TupleValue([pair.Key, pair.Value])),
    };

    internal override ValueIterator Iterate(RenderRun run) => new EnumeratorIterator(Elements().GetEnumerator());

    internal override TemplateValue? Attribute(RenderRun run, string name) => DictMethods.BindView(this, name);

    internal override void Repr(ReprWriter writer)
    {
        writer.Append(TypeName);
        writer.Append("(");
        writer.Sequence("[", Elements(), "]");
        writer.Append(")");
    }
}
