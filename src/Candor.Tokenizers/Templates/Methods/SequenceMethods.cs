using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Methods of lists, tuples and ranges.</summary>
internal static class SequenceMethods
{
    private static readonly Signature IndexParameters = new("index", "/", "value", "start=", "stop=");
    private static readonly Signature CountParameters = new("count", "/", "value");
    private static readonly Signature NoParameters = new("copy", "/");

    private static readonly MethodTable<SequenceValue> Methods = new(new()
    {
        ["index"] = Index,
        ["count"] = (run, s, a) =>
        {
            TemplateValue wanted = CountParameters.Bind(a)[0]!;
            return IntegerValue.Of(s.Items.Count(item => Equality.Same(run, item, wanted)));
        },
    });

    private static readonly MethodTable<ListValue> ListMethods = new(new()
    {
        ["copy"] = (run, s, a) =>
        {
            NoParameters.Bind(a);
            run.AllocateElements(s.Items.Count);
            return new ListValue([.. s.Items]);
        },
    });

    private static readonly MethodTable<RangeValue> RangeMethods = new(new()
    {
        ["index"] = (run, r, a) =>
        {
            TemplateValue wanted = CountParameters.Bind(a)[0]!;
            int at = Integers.TryGet(wanted, out BigInteger number) ? r.IndexOf(number) : -1;
            return at >= 0 ? IntegerValue.Of(at) : throw Faults.Value($"{ReprWriter.Write(run, wanted)} is not in range");
        },
        ["count"] = (_, r, a) => IntegerValue.Of(Integers.TryGet(CountParameters.Bind(a)[0]!, out BigInteger number) && r.IndexOf(number) >= 0 ? 1 : 0),
    });

    public static TemplateValue? Bind(SequenceValue sequence, string name) =>
        Methods.Bind(sequence, name) ?? (sequence is ListValue list ? ListMethods.Bind(list, name) : null);

    public static TemplateValue? BindRange(RangeValue range, string name) => name switch
    {
        "start" => IntegerValue.Of(range.Start),
        "stop" => IntegerValue.Of(range.Stop),
        "step" => IntegerValue.Of(range.Step),
        _ => RangeMethods.Bind(range, name),
    };

    private static IntegerValue Index(RenderRun run, SequenceValue sequence, CallArguments arguments)
    {
        TemplateValue?[] bound = IndexParameters.Bind(arguments);
        int count = sequence.Items.Count;
        long from = Clamp(bound[1], 0, count);
        long to = Clamp(bound[2], count, count);
        for (long i = from; i < to; i++)
            if (Equality.Same(run, sequence.Items[(int)i], bound[0]!)) return IntegerValue.Of(i);
        throw Faults.Value(sequence is ListValue
            ? $"{ReprWriter.Write(run, bound[0]!)} is not in list"
            : "tuple.index(x): x not in tuple");
    }

    private static long Clamp(TemplateValue? value, long missing, int count)
    {
        if (value is null) return missing;
        if (!Integers.TryIndex(value, out long at)) throw Faults.Type("slice indices must be integers or have an __index__ method");
        if (at < 0) at += count;
        return Math.Clamp(at, 0, count);
    }
}
