namespace Candor.Tokenizers.Templates;

/// <summary>What lists and tuples share.</summary>
internal abstract class SequenceValue(List<TemplateValue> items) : TemplateValue
{
    public List<TemplateValue> Items { get; } = items;

    internal override bool IsTrue => Items.Count > 0;

    internal override long? Length => Items.Count;

    internal override ValueIterator Iterate(RenderRun run) => new SequenceIterator(Items);

    internal override TemplateValue? Item(RenderRun run, TemplateValue key)
    {
        if (!Integers.TryIndex(key, out long index)) return null;
        if (index < 0) index += Items.Count;
        return index < 0 || index >= Items.Count ? null : Items[(int)index];
    }
}

/// <summary>A list. Templates cannot change it.</summary>
internal sealed class ListValue(List<TemplateValue> items) : SequenceValue(items)
{
    internal override string TypeName => "list";

    internal override TemplateValue? Attribute(RenderRun run, string name) => SequenceMethods.Bind(this, name);

    internal override bool IsMutator(string name) =>
        name is "append" or "clear" or "pop" or "reverse" or "insert" or "sort" or "extend" or "remove";

    internal override void Repr(ReprWriter writer) => writer.Sequence("[", Items, "]");
}

/// <summary>A tuple.</summary>
internal class TupleValue(List<TemplateValue> items) : SequenceValue(items)
{
    private int hash;
    private bool? hashable;

    internal override string TypeName => "tuple";

    /// <summary>Whether all its elements can be keys; kept, as the hash is.</summary>
    public bool IsHashable
    {
        get
        {
            if (hashable is { } known) return known;
            StackGuard.Check();
            bool all = Items.TrueForAll(KeyComparer.IsHashable);
            hashable = all;
            return all;
        }
    }

    /// <summary>The hash of its elements, kept: a tuple of shared tuples would take too long otherwise.</summary>
    public int CachedHash(KeyComparer comparer)
    {
        if (hash != 0) return hash;
        StackGuard.Check();
        var code = new HashCode();
        foreach (TemplateValue item in Items) code.Add(comparer.GetHashCode(item));
        return hash = code.ToHashCode() | 1;
    }

    internal override TemplateValue? Attribute(RenderRun run, string name) => SequenceMethods.Bind(this, name);

    internal override void Repr(ReprWriter writer) => writer.Sequence("(", Items, Items.Count == 1 ? ",)" : ")");
}

/// <summary>A group of the filter <c>groupby</c>: a tuple with names.</summary>
internal sealed class GroupValue(TemplateValue grouper, ListValue members) : TupleValue([grouper, members])
{
    internal override string TypeName => "_GroupTuple";

    internal override string Description => "jinja2.filters._GroupTuple object";

    internal override TemplateValue? Attribute(RenderRun run, string name) => name switch
    {
        "grouper" => Items[0],
        "list" => Items[1],
        _ => base.Attribute(run, name),
    };
}
