using System.Collections.Frozen;
using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>The functions that every template can call.</summary>
internal static class GlobalFunctions
{
    private static readonly Signature OneMessage = new("raise_exception", "message");
    private static readonly Signature OneFormat = new("strftime_now", "format");
    private static readonly Signature JoinerParameters = new("Joiner", "sep=");
    private static readonly Signature LipsumParameters = new("generate_lorem_ipsum", "n=", "html=", "min=", "max=");

    private static readonly FrozenDictionary<string, TemplateValue> Functions = new Dictionary<string, TemplateValue>
    {
        ["range"] = new FunctionValue("range", Range),
        ["dict"] = new DictTypeValue(),
        ["namespace"] = new FunctionValue("namespace", (run, a) => new NamespaceValue(DictTypeValue.Build(run, a, "namespace", NamespaceValue.RequireAllowed))),
        ["cycler"] = new FunctionValue("cycler", (_, a) => new CyclerValue(a)),
        ["joiner"] = new FunctionValue("joiner", (run, a) => new JoinerValue(JoinerParameters.Bind(a)[0] ?? StringValue.Of(", "))),
        ["lipsum"] = new FunctionValue("lipsum", (run, a) => Lipsum.Make(run, LipsumParameters.Bind(a))),
        ["raise_exception"] = new FunctionValue("raise_exception", (run, a) => throw Faults.Raised(OneMessage.Bind(a)[0]!.ToText(run))),
        ["strftime_now"] = new FunctionValue("strftime_now", Now),
    }.ToFrozenDictionary();

    public static TemplateValue? Find(string name) => Functions.GetValueOrDefault(name);

    private static StringValue Now(RenderRun run, CallArguments arguments)
    {
        TemplateValue format = OneFormat.Bind(arguments)[0]!;
        if (format is not StringValue text) throw Faults.Type($"strftime() argument 1 must be str, not {format.TypeName}");
        return run.Text(Strftime.Format(run, run.Clock.GetLocalNow(), text.Value));
    }

    private static RangeValue Range(RenderRun run, CallArguments arguments)
    {
        if (arguments.HasNamed) throw Faults.Type("range() takes no keyword arguments");
        TemplateValue[] values = arguments.Positional;
        if (values.Length is 0 or > 3) throw Faults.Type($"range expected 1 to 3 arguments, got {values.Length}");
        BigInteger Number(int i) => Integers.TryGet(values[i], out BigInteger number) ? number : throw Faults.NotIndex(values[i]);
        BigInteger start = values.Length == 1 ? 0 : Number(0);
        BigInteger stop = values.Length == 1 ? Number(0) : Number(1);
        BigInteger step = values.Length == 3 ? Number(2) : 1;
        if (step.IsZero) throw Faults.Value("range() arg 3 must not be zero");
        if (RangeValue.FullLength(start, stop, step) > RangeValue.MaxLength) throw Faults.RangeTooBig();
        return new RangeValue(start, stop, step);
    }
}
