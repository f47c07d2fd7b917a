namespace Candor.Tokenizers.Templates;

/// <summary>Filters of any value.</summary>
internal static class ObjectFilters
{
    public static readonly Dictionary<string, Builtin> All = new()
    {
        ["default"] = FilterTable.Define("do_default", ["value", "default_value=", "boolean="], Default),
        ["d"] = FilterTable.Define("do_default", ["value", "default_value=", "boolean="], Default),
        ["attr"] = FilterTable.Define("do_attr", ["obj", "name"], Attribute),
        ["tojson"] = FilterTable.Define("tojson", ["x", "ensure_ascii=", "indent=", "separators=", "sort_keys="], ToJson),
        ["pprint"] = FilterTable.Define("do_pprint", (run, value) => run.Text(PrettyPrint.Format(run, value))),
    };

    private static TemplateValue Default(RenderRun run, TemplateValue?[] bound)
    {
        bool replace = bound[0] is UndefinedValue || (bound[2]?.IsTrue == true && !bound[0]!.IsTrue);
        return replace ? bound[1] ?? StringValue.Empty : bound[0]!;
    }

    private static TemplateValue Attribute(RenderRun run, TemplateValue?[] bound)
    {
        if (bound[1] is not StringValue name) throw Faults.Type($"attribute name must be string, not '{bound[1]!.TypeName}'");
        return Access.Attributes(run, bound[0]!, name.Value) ?? UndefinedValue.Missing(bound[0]!, name);
    }

    private static StringValue ToJson(RenderRun run, TemplateValue?[] bound)
    {
        string? indent = bound[2] switch
        {
            null or NoneValue => null,
            StringValue text => text.Value,
            { } width => Repetition.Text(run, " ", Integers.Index(width)),
        };
        (string item, string key) = indent is null ? (", ", ": ") : (",", ": ");
        if (bound[3] is { } separators and not NoneValue)
        {
            List<TemplateValue> pair = Iteration.ToList(run, separators);
            if (pair.Count != 2) throw Faults.Value($"not enough values to unpack (expected 2, got {pair.Count})");
            item = StringMethods.Text(pair[0], "item separator");
            key = StringMethods.Text(pair[1], "key separator");
        }

        bool ascii = bound[1]?.IsTrue ?? false;
        bool sorted = bound[4]?.IsTrue ?? false;
        return run.Text(JsonText.Write(run, bound[0]!, ascii, indent, item, key, sorted));
    }
}
