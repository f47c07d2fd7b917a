using System.Globalization;

namespace Candor.Tokenizers.Templates;

/// <summary>Reads an attribute path such as "address.city" or "0.name" from values.</summary>
internal sealed class AttributeGetter
{
    private readonly RenderRun run;
    private readonly TemplateValue[] parts;
    private readonly TemplateValue? missing;
    private readonly bool ignoreCase;

    public AttributeGetter(RenderRun run, TemplateValue? attribute, bool ignoreCase = false, TemplateValue? missing = null)
    {
        this.run = run;
        if (attribute is StringValue { Value.Length: > 64 and var length }) run.AllocateElements(length);
        this.missing = missing is NoneValue ? null : missing;
        this.ignoreCase = ignoreCase;
        parts = attribute switch
        {
            null or NoneValue => [],
            StringValue path => [.. path.Value.Split('.').Select(Part)],
            _ => [attribute],
        };
    }

    /// <summary>Getters of several paths with commas between them, as one value: a list.</summary>
    public static Func<TemplateValue, TemplateValue> Several(RenderRun run, TemplateValue? attributes, bool ignoreCase)
    {
        if (attributes is StringValue { Value.Length: > 64 and var length }) run.AllocateElements(length);
        AttributeGetter[] getters = attributes is StringValue paths
            ? [.. paths.Value.Split(',').Select(path => new AttributeGetter(run, StringValue.Of(path), ignoreCase))]
            : [new AttributeGetter(run, attributes, ignoreCase)];
        return value => new ListValue([.. getters.Select(getter => getter.Get(value))]);
    }

    public TemplateValue Get(TemplateValue value)
    {
        foreach (TemplateValue part in parts)
        {
            value = Access.Item(run, value, part);
            if (missing is not null && value is UndefinedValue) value = missing;
        }

        return ignoreCase && value is StringValue text ? StringMethods.Like(run, text, CaseMapping.Lower(text.Value)) : value;
    }

    private static TemplateValue Part(string part) =>
        StringPredicates.All(part, CharClass.IsDigit) && int.TryParse(Integers.Digits(part), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? IntegerValue.Of(number)
            : StringValue.Of(part);
}
