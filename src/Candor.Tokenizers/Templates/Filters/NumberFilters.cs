using System.Globalization;
using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Filters of numbers.</summary>
internal static class NumberFilters
{
    public static readonly Dictionary<string, Builtin> All = new()
    {
        ["abs"] = FilterTable.Define("abs", ["/", "value"], (_, bound) => Absolute(bound[0]!)),
        ["int"] = FilterTable.Define("do_int", ["value", "default=", "base="], ToInteger),
        ["float"] = FilterTable.Define("do_float", ["value", "default="], ToFloat),
        ["round"] = FilterTable.Define("do_round", ["value", "precision=", "method="], Round),
        ["filesizeformat"] = FilterTable.Define("do_filesizeformat", ["value", "binary="], FileSize),
    };

    private static TemplateValue Absolute(TemplateValue value)
    {
        if (value is FloatValue real) return new FloatValue(Math.Abs(real.Value));
        return Integers.TryGet(value, out BigInteger number)
            ? IntegerValue.Of(BigInteger.Abs(number))
            : throw Faults.Type($"bad operand type for abs(): '{value.TypeName}'");
    }

    private static TemplateValue ToInteger(RenderRun run, TemplateValue?[] bound)
    {
        TemplateValue otherwise = bound[1] ?? IntegerValue.Of(0);
        switch (bound[0])
        {
            case StringValue text:
                run.Work(16L * text.Value.Length);
                if (text.Value.Length is > 100 and <= 2 * Integers.MaxDigits) Integers.Charge(run, text.Value.Length * 4L);
                return FromText(text.Value, bound[2] is { } radix ? Integers.Small(radix) : 10) ?? otherwise;
            case FloatValue real:
                return double.IsNaN(real.Value) ? otherwise : IntegerValue.Of(PercentFormat.Truncate(real.Value));
            case UndefinedValue undefined:
                throw undefined.Fault(run);
            default:
                return Integers.TryGet(bound[0]!, out BigInteger number) ? IntegerValue.Of(number) : otherwise;
        }
    }

    private static IntegerValue? FromText(string text, int radix)
    {
        try
        {
            if (Integers.Parse(text, radix) is { } whole) return whole;
        }
        catch (TemplateException fault) when (fault.Kind == TemplateErrorKind.Value)
        {
            // What int() refuses may still be a number for float().
        }

        return Floats.Parse(text) is { } real && double.IsFinite(real) ? IntegerValue.Of(new BigInteger(real)) : null;
    }

    private static TemplateValue ToFloat(RenderRun run, TemplateValue?[] bound)
    {
        TemplateValue otherwise = bound[1] ?? new FloatValue(0);
        switch (bound[0])
        {
            case StringValue text:
                run.Work(16L * text.Value.Length);
                return Floats.Parse(text.Value) is { } real ? new FloatValue(real) : otherwise;
            case UndefinedValue undefined:
                throw undefined.Fault(run);
            default:
                return Floats.TryGet(bound[0]!, out double number) ? new FloatValue(number) : otherwise;
        }
    }

    private static TemplateValue Round(RenderRun run, TemplateValue?[] bound)
    {
        TemplateValue precision = bound[1] ?? IntegerValue.Of(0);
        string method = bound[2] is null ? "common" : bound[2] is StringValue name ? name.Value : "";
        if (method is not ("common" or "ceil" or "floor")) throw Faults.FilterArgument("method must be common, ceil or floor");
        if (method == "common") return Common(run, bound[0]!, precision);
        TemplateValue scale = Arithmetic.Power(run, IntegerValue.Of(10), precision);
        TemplateValue scaled = Arithmetic.Multiply(run, bound[0]!, scale);
        if (scaled is FloatValue real)
            scaled = IntegerValue.Of(PercentFormat.Truncate(method == "ceil" ? Math.Ceiling(real.Value) : Math.Floor(real.Value)));
        else if (!Integers.TryGet(scaled, out _)) throw Faults.Type($"must be real number, not {scaled.TypeName}");
        return Arithmetic.Divide(run, scaled, scale);
    }

    private static TemplateValue Common(RenderRun run, TemplateValue value, TemplateValue precision)
    {
        if (value is FloatValue real)
        {
            if (precision is NoneValue) return IntegerValue.Of(PercentFormat.Truncate(Math.Round(real.Value, MidpointRounding.ToEven)));
            return new FloatValue(RoundTo(real.Value, Integers.Small(precision)));
        }

        if (!Integers.TryGet(value, out BigInteger number)) throw Faults.Type($"type {value.TypeName} doesn't define __round__ method");
        int digits = precision is NoneValue ? 0 : Integers.Small(precision);
        if (digits >= 0) return IntegerValue.Of(number);
        if (digits < -Integers.MaxDigits * 4) return IntegerValue.Of(0);
        Integers.Charge(run, -digits * 4L);
        BigInteger unit = BigInteger.Pow(10, -digits);
        BigInteger rest = BigInteger.Remainder(number, unit);
        if (rest.Sign < 0) rest += unit;
        BigInteger down = number - rest;
        int order = (2 * rest).CompareTo(unit);
        bool up = order > 0 || (order == 0 && !(down / unit).IsEven);
        return Integers.Checked(up ? down + unit : down);
    }

    /// <summary>The double nearest to the decimal number that a double rounds to.</summary>
    private static double RoundTo(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 323) return value;
        if (digits < -308) return Math.CopySign(0, value);
        if (digits >= 0) return double.Parse(FloatText.Fixed(value, digits), CultureInfo.InvariantCulture);

        // Exact: the value is a quotient of whole numbers.
        var whole = new BigInteger(Math.Floor(value));
        bool fraction = Math.Floor(value) != value;
        BigInteger unit = BigInteger.Pow(10, -digits);
        BigInteger rest = BigInteger.Remainder(whole, unit);
        if (rest.Sign < 0) rest += unit;
        BigInteger down = whole - rest;
        int order = (2 * rest).CompareTo(unit);
        bool up = order > 0 || (order == 0 && (fraction || !(down / unit).IsEven));
        double rounded = (double)(up ? down + unit : down);
        if (double.IsInfinity(rounded)) throw Faults.Overflow("rounded value too large to represent");
        return rounded == 0 ? Math.CopySign(0, value) : rounded;
    }

    private static StringValue FileSize(RenderRun run, TemplateValue?[] bound)
    {
        double bytes;
        if (bound[0] is StringValue text)
        {
            run.Work(16L * text.Value.Length);
            bytes = Floats.Parse(text.Value) ?? throw Faults.Value($"could not convert string to float: {StringRepr.Of(text.Value)}");
        }
        else if (bound[0] is UndefinedValue undefined) throw undefined.Fault(run);
        else if (!Floats.TryGet(bound[0]!, out bytes)) throw Faults.Type($"float() argument must be a string or a real number, not '{bound[0]!.TypeName}'");
        bool binary = bound[1]?.IsTrue ?? false;
        double unit = binary ? 1024 : 1000;
        if (bytes == 1) return StringValue.Of("1 Byte");
        if (bytes < unit) return run.Text($"{Integers.ToText(run, PercentFormat.Truncate(bytes))} Bytes");
        const string prefixes = "kMGTPEZY";
        double scale = unit;
        for (int i = 0; ; i++)
        {
            scale *= unit;
            if (bytes >= scale && i + 1 < prefixes.Length) continue;
            string prefix = binary ? char.ToUpperInvariant(prefixes[i]) + "iB" : prefixes[i] + "B";
            return run.Text($"{FloatText.Fixed(unit * bytes / scale, 1)} {prefix}");
        }
    }
}
