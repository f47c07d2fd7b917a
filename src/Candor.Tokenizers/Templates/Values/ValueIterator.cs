namespace Candor.Tokenizers.Templates;

/// <summary>Gives elements one by one, once.</summary>
internal abstract class ValueIterator
{
    public static ValueIterator Empty { get; } = new SequenceIterator([]);

    /// <summary>The next element, or null at the end.</summary>
    public abstract TemplateValue? Next();
}

/// <summary>The elements of a list.</summary>
internal sealed class SequenceIterator(IList<TemplateValue> items) : ValueIterator
{
    private int position;

    public override TemplateValue? Next() => position < items.Count ? items[position++] : null;
}

/// <summary>The code points of a text.</summary>
internal sealed class TextIterator(string text) : ValueIterator
{
    private int position;

    public override TemplateValue? Next()
    {
        if (position >= text.Length) return null;
        int width = PyText.Width(text, position);
        string one = text.Substring(position, width);
        position += width;
        return StringValue.Of(one);
    }
}

/// <summary>The elements of a .NET sequence. It checks the stack: such sequences may be made of each other.</summary>
internal sealed class EnumeratorIterator(IEnumerator<TemplateValue> items) : ValueIterator
{
    public override TemplateValue? Next()
    {
        StackGuard.Check();
        return items.MoveNext() ? items.Current : null;
    }
}

/// <summary>A value that gives its elements once: what <c>map</c>, <c>select</c>, <c>reverse</c> and the like give.</summary>
internal sealed class IteratorValue(string typeName, ValueIterator items) : TemplateValue
{
    public static IteratorValue Generator(IEnumerable<TemplateValue> items) => new("generator", new EnumeratorIterator(items.GetEnumerator()));

    internal override string TypeName => typeName;

    internal override ValueIterator Iterate(RenderRun run) => items;
}
