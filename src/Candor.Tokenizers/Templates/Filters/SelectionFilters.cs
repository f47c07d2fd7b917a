namespace Candor.Tokenizers.Templates;

/// <summary>Filters that apply other filters and tests to every element. They run when their elements are asked for.</summary>
internal static class SelectionFilters
{
    public static readonly Dictionary<string, Builtin> All = new()
    {
        ["map"] = (run, a) => IteratorValue.Generator(Map(run, a.Positional[0], a.Rest())),
        ["select"] = (run, a) => IteratorValue.Generator(Select(run, a.Positional[0], a.Rest(), true, false)),
        ["reject"] = (run, a) => IteratorValue.Generator(Select(run, a.Positional[0], a.Rest(), false, false)),
        ["selectattr"] = (run, a) => IteratorValue.Generator(Select(run, a.Positional[0], a.Rest(), true, true)),
        ["rejectattr"] = (run, a) => IteratorValue.Generator(Select(run, a.Positional[0], a.Rest(), false, true)),
    };

    private static IEnumerable<TemplateValue> Map(RenderRun run, TemplateValue values, CallArguments arguments)
    {
        if (!values.IsTrue) yield break;
        Func<TemplateValue, TemplateValue> map = Mapper(run, arguments);
        foreach (TemplateValue value in Iteration.Each(run, values)) yield return map(value);
    }

    private static Func<TemplateValue, TemplateValue> Mapper(RenderRun run, CallArguments arguments)
    {
        if (arguments.Positional.Length == 0 && arguments.Named?.Exists(pair => pair.Key == "attribute") == true)
        {
            TemplateValue? attribute = null;
            TemplateValue? missing = null;
            foreach ((string name, TemplateValue value) in arguments.Named)
            {
                if (name == "attribute") attribute = value;
                else if (name == "default") missing = value;
                else throw Faults.FilterArgument($"Unexpected keyword argument '{name}'");
            }

            return new AttributeGetter(run, attribute, false, missing).Get;
        }

        if (arguments.Positional.Length == 0) throw Faults.FilterArgument("map requires a filter argument");
        return Applied(run, arguments.Positional[0], arguments.Rest(), "filter", FilterTable.Find);
    }

    private static IEnumerable<TemplateValue> Select(RenderRun run, TemplateValue values, CallArguments arguments, bool wanted, bool byAttribute)
    {
        if (!values.IsTrue) yield break;
        if (byAttribute && arguments.Positional.Length == 0) throw Faults.FilterArgument("Missing parameter for attribute name");
        AttributeGetter? getter = byAttribute ? new AttributeGetter(run, arguments.Positional[0]) : null;
        if (byAttribute) arguments = arguments.Rest();
        Func<TemplateValue, TemplateValue>? test = arguments.Positional.Length == 0
            ? null
            : Applied(run, arguments.Positional[0], arguments.Rest(), "test", TestTable.Find);
        foreach (TemplateValue value in Iteration.Each(run, values))
        {
            TemplateValue looked = getter is null ? value : getter.Get(value);
            if ((test is null ? looked : test(looked)).IsTrue == wanted) yield return value;
        }
    }

    private static Func<TemplateValue, TemplateValue> Applied(
        RenderRun run,
        TemplateValue name,
        CallArguments rest,
        string kind,
        Func<string, Builtin?> find)
    {
        KeyComparer.RequireHashable(name);
        Builtin? function = name is StringValue text ? find(text.Value) : null;
        return value =>
        {
            if (function is null) throw Faults.Runtime($"No {kind} named {ReprWriter.Write(run, name)}.");
            return function(run, new CallArguments([value, .. rest.Positional], rest.Named));
        };
    }
}
