using System.Text.Json;

namespace Candor.Tokenizers.Templates;

/// <summary>
/// A value inside a template, with the meaning that Python gives it. Immutable and thread-safe when made by the
/// methods here.
/// </summary>
public abstract class TemplateValue
{
    private protected TemplateValue()
    {
    }

    /// <summary><c>None</c>.</summary>
    public static TemplateValue None => NoneValue.Instance;

    /// <summary>Whether this is <c>None</c>.</summary>
    public bool IsNone => this is NoneValue;

    /// <summary>The text of a text value, else null.</summary>
    public string? AsText => (this as StringValue)?.Value;

    /// <summary>The elements of a list value, else null.</summary>
    public IReadOnlyList<TemplateValue>? AsList => (this as ListValue)?.Items;

    internal abstract string TypeName { get; }

    /// <summary>A text value.</summary>
    public static TemplateValue From(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return StringValue.Of(text);
    }

    /// <summary>A whole number.</summary>
    public static TemplateValue From(long number) => IntegerValue.Of(number);

    /// <summary>A floating-point number.</summary>
    public static TemplateValue From(double number) => new FloatValue(number);

    /// <summary>A truth value.</summary>
    public static TemplateValue From(bool truth) => BooleanValue.Of(truth);

    /// <summary>A list.</summary>
    public static TemplateValue List(IEnumerable<TemplateValue> items) => new ListValue([.. items]);

    /// <summary>A dictionary that keeps the order of its keys; of equal keys the last value counts.</summary>
    public static TemplateValue Object(IEnumerable<KeyValuePair<string, TemplateValue>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        var dict = new DictValue(KeyComparer.Plain);
        foreach ((string name, TemplateValue value) in members) dict.Items[StringValue.Of(name)] = value;
        return dict;
    }

    /// <summary>
    /// The value of a JSON document as Python's <c>json.loads</c> reads it: whole numbers of any size stay whole, the
    /// order of members is kept.
    /// </summary>
    /// <exception cref="TemplateException">Nested too deeply, a lone surrogate, or a number of more than 4300 digits.</exception>
    public static TemplateValue FromJson(JsonElement element) => JsonValues.Convert(element);

    /// <summary>Python's <c>bool(x)</c>.</summary>
    internal virtual bool IsTrue => true;

    /// <summary>Python's <c>len(x)</c>, or null where there is none.</summary>
    internal virtual long? Length => null;

    /// <summary>Python's <c>iter(x)</c>, or null where there is none.</summary>
    internal virtual ValueIterator? Iterate(RenderRun run) => null;

    /// <summary>Python's <c>x[key]</c>, or null where that raises TypeError or LookupError.</summary>
    internal virtual TemplateValue? Item(RenderRun run, TemplateValue key) => null;

    /// <summary>Python's <c>x.name</c> for names without underscores in front, or null where there is none.</summary>
    internal virtual TemplateValue? Attribute(RenderRun run, string name) => null;

    /// <summary>Whether the sandbox refuses this existing attribute because it changes the value.</summary>
    internal virtual bool IsMutator(string name) => false;

    /// <summary>Writes Python's <c>repr(x)</c>.</summary>
    internal virtual void Repr(ReprWriter writer) => writer.Append($"<{TypeName} object>");

    /// <summary>Python's <c>str(x)</c>.</summary>
    internal virtual string ToText(RenderRun run) => ReprWriter.Write(run, this);

    /// <summary>How Jinja's messages name the value.</summary>
    internal virtual string Description => $"{TypeName} object";
}
