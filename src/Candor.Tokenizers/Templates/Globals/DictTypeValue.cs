namespace Candor.Tokenizers.Templates;

/// <summary>The global <c>dict</c>: makes dictionaries.</summary>
internal sealed class DictTypeValue : CallableValue
{
    private static readonly Signature FromKeys = new("fromkeys", "/", "iterable", "value=");

    internal override string TypeName => "type";

    public override TemplateValue Call(RenderRun run, CallArguments arguments) => Build(run, arguments, "dict", _ => { });

    /// <summary>A dictionary of another one or of pairs, and of named arguments.</summary>
    public static DictValue Build(RenderRun run, CallArguments arguments, string function, Action<string> check)
    {
        if (arguments.Positional.Length > 1)
            throw Faults.Type($"{function} expected at most 1 argument, got {arguments.Positional.Length}");
        var dict = new DictValue(run.Keys);
        if (arguments.Positional is [var source]) Fill(run, dict, source);
        foreach ((string name, TemplateValue value) in arguments.Named ?? []) dict.Items[StringValue.Of(name)] = value;
        run.AllocateElements(dict.Items.Count);
        foreach (TemplateValue key in dict.Items.Keys)
            if (key is StringValue name) check(name.Value);
        return dict;
    }

    internal override TemplateValue? Attribute(RenderRun run, string name) => name == "fromkeys" ? MakeFromKeys() : null;

    internal override void Repr(ReprWriter writer) => writer.Append("<class 'dict'>");

    /// <summary>The function <c>fromkeys</c>.</summary>
    public static FunctionValue MakeFromKeys() => new("fromkeys", (run, arguments) =>
    {
        TemplateValue?[] bound = FromKeys.Bind(arguments);
        var dict = new DictValue(run.Keys);
        foreach (TemplateValue key in Iteration.Each(run, bound[0]!))
        {
            KeyComparer.RequireHashable(key);
            run.AllocateElements(1);
            dict.Items[key] = bound[1] ?? NoneValue.Instance;
        }

        return dict;
    }, true);

    private static void Fill(RenderRun run, DictValue dict, TemplateValue source)
    {
        if (source is DictValue other)
        {
            run.AllocateElements(other.Items.Count);
            foreach ((TemplateValue key, TemplateValue value) in other.Items) dict.Items[key] = value;
            return;
        }

        int at = 0;
        foreach (TemplateValue pair in Iteration.Each(run, source))
        {
            if (pair.Iterate(run) is null)
                throw Faults.Type($"cannot convert dictionary update sequence element #{at} to a sequence");
            List<TemplateValue> parts = Iteration.ToList(run, pair);
            if (parts.Count != 2) throw Faults.Value($"dictionary update sequence element #{at} has length {parts.Count}; 2 is required");
            KeyComparer.RequireHashable(parts[0]);
            dict.Items[parts[0]] = parts[1];
            at++;
        }
    }
}
