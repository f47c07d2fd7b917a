namespace Candor.Tokenizers.Templates;

/// <summary>A text. Lengths and positions count code points, as Python does; storage is UTF-16.</summary>
internal sealed class StringValue : TemplateValue
{
    public static readonly StringValue Empty = new("", false);

    private static readonly StringValue[] Latin = [.. Enumerable.Range(0, 256).Select(c => new StringValue(((char)c).ToString(), false))];

    private int codePoints = -1;
    private int hash;

    private StringValue(string value, bool isMarkup)
    {
        Value = value;
        IsMarkup = isMarkup;
    }

    public string Value { get; }

    /// <summary>Whether it counts as HTML already.</summary>
    public bool IsMarkup { get; }

    /// <summary>Length in code points.</summary>
    public int CodePoints => codePoints >= 0 ? codePoints : codePoints = PyText.CodePoints(Value);

    /// <summary>Whether positions in code points are positions in UTF-16.</summary>
    public bool IsSimple => CodePoints == Value.Length;

    internal override string TypeName => IsMarkup ? "Markup" : "str";

    internal override bool IsTrue => Value.Length > 0;

    internal override long? Length => CodePoints;

    internal override string Description => IsMarkup ? "markupsafe.Markup object" : "str object";

    public static StringValue Of(string value) => value.Length switch
    {
        0 => Empty,
        1 when value[0] < 256 => Latin[value[0]],
        _ => new StringValue(value, false),
    };

    public static StringValue Markup(string value) => new(value, true);

    public override int GetHashCode() => hash != 0 ? hash : hash = Value.GetHashCode(StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is StringValue other && other.Value == Value;

    internal override ValueIterator Iterate(RenderRun run) => new TextIterator(Value);

    internal override TemplateValue? Item(RenderRun run, TemplateValue key)
    {
        if (!Integers.TryIndex(key, out long index)) return null;
        int length = CodePoints;
        if (index < 0) index += length;
        if (index < 0 || index >= length) return null;
        if (!IsSimple) run.Work(Value.Length);
        string one = PyText.Slice(this, (int)index, (int)index + 1);
        return IsMarkup ? Markup(one) : Of(one);
    }

    internal override TemplateValue? Attribute(RenderRun run, string name) => StringMethods.Bind(this, name);

    internal override void Repr(ReprWriter writer)
    {
        if (IsMarkup) writer.Append("Markup(");
        StringRepr.Write(writer, Value);
        if (IsMarkup) writer.Append(")");
    }

    internal override string ToText(RenderRun run) => Value;
}
