using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Attributes and methods of numbers.</summary>
internal static class NumberMethods
{
    private static readonly Signature None = new("method", "/");

    private static readonly MethodTable<IntegerValue> Whole = new(new()
    {
        ["bit_length"] = (_, n, a) => Nothing(a, IntegerValue.Of((long)BigInteger.Abs(n.Big).GetBitLength())),
        ["bit_count"] = (run, n, a) =>
        {
            if (n.IsBig) run.Work((long)n.Big.GetBitLength() * 4);
            return Nothing(a, IntegerValue.Of(FormatSpec.Radix(BigInteger.Abs(n.Big), 1).Count(c => c == '1')));
        },
        ["conjugate"] = (_, n, a) => Nothing(a, n),
        ["is_integer"] = (_, _, a) => Nothing(a, BooleanValue.True),
        ["as_integer_ratio"] = (_, n, a) => Nothing(a, new TupleValue([n, IntegerValue.Of(1)])),
    });

    private static readonly MethodTable<FloatValue> Real = new(new()
    {
        ["is_integer"] = (_, f, a) => Nothing(a, BooleanValue.Of(double.IsFinite(f.Value) && Math.Floor(f.Value) == f.Value)),
        ["conjugate"] = (_, f, a) => Nothing(a, f),
        ["as_integer_ratio"] = (run, f, a) =>
        {
            run.Work(1 << 14);
            return Nothing(a, Ratio(f.Value));
        },
    });

    public static TemplateValue? OfInteger(RenderRun run, IntegerValue number, string name) => name switch
    {
        "real" or "numerator" => number,
        "imag" => IntegerValue.Of(0),
        "denominator" => IntegerValue.Of(1),
        _ => Whole.Bind(number, name),
    };

    public static TemplateValue? OfFloat(RenderRun run, FloatValue number, string name) => name switch
    {
        "real" => number,
        "imag" => new FloatValue(0),
        _ => Real.Bind(number, name),
    };

    private static TemplateValue Nothing(CallArguments arguments, TemplateValue result)
    {
        None.Bind(arguments);
        return result;
    }

    private static TupleValue Ratio(double value)
    {
        if (double.IsNaN(value)) throw Faults.Value("cannot convert NaN to integer ratio");
        if (double.IsInfinity(value)) throw Faults.Overflow("cannot convert Infinity to integer ratio");
        BigInteger denominator = BigInteger.One;
        while (Math.Floor(value) != value)
        {
            value *= 2;
            denominator *= 2;
        }

        return new TupleValue([IntegerValue.Of(new BigInteger(value)), IntegerValue.Of(denominator)]);
    }
}
