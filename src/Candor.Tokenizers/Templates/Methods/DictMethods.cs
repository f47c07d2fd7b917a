namespace Candor.Tokenizers.Templates;

/// <summary>Methods of dictionaries and their views.</summary>
internal static class DictMethods
{
    private static readonly Signature None = new("dict method", "/");
    private static readonly Signature Other = new("isdisjoint", "/", "other");
    private static readonly Signature Get = new("get", "/", "key", "default=");

    private static readonly MethodTable<DictValue> Methods = new(new()
    {
        ["get"] = (_, d, a) =>
        {
            TemplateValue?[] bound = Get.Bind(a);
            KeyComparer.RequireHashable(bound[0]!);
            return d.Items.TryGetValue(bound[0]!, out TemplateValue? value) ? value : bound[1] ?? NoneValue.Instance;
        },
        ["keys"] = (_, d, a) => View(d, a, DictPart.Keys),
        ["values"] = (_, d, a) => View(d, a, DictPart.Values),
        ["items"] = (_, d, a) => View(d, a, DictPart.Items),
        ["copy"] = Copy,
        ["fromkeys"] = (run, _, a) => DictTypeValue.MakeFromKeys().Call(run, a),
    });

    private static readonly MethodTable<DictViewValue> ViewMethods = new(new()
    {
        ["isdisjoint"] = (run, view, a) =>
            BooleanValue.Of(!Iteration.Each(run, Other.Bind(a)[0]!).Any(item => Containment.Contains(run, view, item))),
    });

    /// <summary>Whether a key of this name is hidden by a method.</summary>
    public static bool IsMethod(string name) => name is "clear" or "pop" or "popitem" or "setdefault" or "update" || Methods.Contains(name);

    public static TemplateValue? Bind(DictValue dict, string name) => Methods.Bind(dict, name);

    public static TemplateValue? BindView(DictViewValue view, string name)
    {
        if (name == "mapping") return view.Dict;
        return view.Part == DictPart.Values ? null : ViewMethods.Bind(view, name);
    }

    private static DictViewValue View(DictValue dict, CallArguments arguments, DictPart part)
    {
        None.Bind(arguments);
        return new DictViewValue(dict, part);
    }

    private static DictValue Copy(RenderRun run, DictValue dict, CallArguments arguments)
    {
        None.Bind(arguments);
        run.AllocateElements(dict.Items.Count);
        var copy = new DictValue(run.Keys);
        foreach ((TemplateValue key, TemplateValue value) in dict.Items) copy.Items[key] = value;
        return copy;
    }
}
