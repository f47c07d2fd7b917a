using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Candor.Tokenizers.Templates;

/// <summary>Turns JSON into values.</summary>
internal static class JsonValues
{
    private const int MaxDepth = 200;

    public static TemplateValue Convert(JsonElement element) => Convert(element, 0);

    private static TemplateValue Convert(JsonElement element, int depth)
    {
        if (depth > MaxDepth) throw Faults.TooDeep();
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return StringValue.Of(Text(element));
            case JsonValueKind.Number:
                return Number(element.GetRawText());
            case JsonValueKind.True:
                return BooleanValue.True;
            case JsonValueKind.False:
                return BooleanValue.False;
            case JsonValueKind.Null:
                return NoneValue.Instance;
            case JsonValueKind.Array:
                var items = new List<TemplateValue>(element.GetArrayLength());
                foreach (JsonElement item in element.EnumerateArray()) items.Add(Convert(item, depth + 1));
                return new ListValue(items);
            case JsonValueKind.Object:
                var dict = new DictValue(KeyComparer.Plain);
                foreach (JsonProperty member in element.EnumerateObject())
                    dict.Items[StringValue.Of(Name(member))] = Convert(member.Value, depth + 1);
                return dict;
            default:
                throw Faults.Arguments("the JSON element is undefined");
        }
    }

    private static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Faults.Arguments("a JSON string holds half a surrogate pair");
        }
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw Faults.Arguments("a JSON name holds half a surrogate pair");
        }
    }

    private static TemplateValue Number(string text)
    {
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
            return new FloatValue(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long small)) return IntegerValue.Of(small);
        if (text.Length > Integers.MaxDigits) throw Faults.Arguments($"a JSON number has more than {Integers.MaxDigits} digits");
        return IntegerValue.Of(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }
}
