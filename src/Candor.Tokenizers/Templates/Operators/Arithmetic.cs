using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's binary and unary operators.</summary>
internal static class Arithmetic
{
    public static TemplateValue Add(RenderRun run, TemplateValue a, TemplateValue b)
    {
        switch (a, b)
        {
            case (StringValue s, StringValue t):
                return Concatenate(run, s, t);
            case (IntegerValue { IsBig: false } i, IntegerValue { IsBig: false } j):
                long sum = unchecked(i.Small + j.Small);
                return ((i.Small ^ sum) & (j.Small ^ sum)) < 0 ? IntegerValue.Of(i.Big + j.Big) : IntegerValue.Of(sum);
            case (ListValue s, ListValue t):
                run.AllocateElements((long)s.Items.Count + t.Items.Count);
                return new ListValue([.. s.Items, .. t.Items]);
            case (TupleValue s, TupleValue t):
                run.AllocateElements((long)s.Items.Count + t.Items.Count);
                return new TupleValue([.. s.Items, .. t.Items]);
        }

        if (Whole(run, a, b, out BigInteger x, out BigInteger y)) return Integers.Checked(x + y);
        if (Real(a, b, out double p, out double q)) return new FloatValue(p + q);
        if (a is StringValue or ListValue or TupleValue)
            throw Faults.Type($"can only concatenate {a.TypeName} (not \"{b.TypeName}\") to {a.TypeName}");
        throw Unsupported("+", a, b);
    }

    public static TemplateValue Subtract(RenderRun run, TemplateValue a, TemplateValue b)
    {
        if (Whole(run, a, b, out BigInteger x, out BigInteger y)) return Integers.Checked(x - y);
        if (Real(a, b, out double p, out double q)) return new FloatValue(p - q);
        throw Unsupported("-", a, b);
    }

    public static TemplateValue Multiply(RenderRun run, TemplateValue a, TemplateValue b)
    {
        if (Whole(run, a, b, out BigInteger x, out BigInteger y))
        {
            if (x.GetBitLength() + y.GetBitLength() > Integers.MaxBits + 2) throw Integers.TooLarge();
            return Integers.Checked(x * y);
        }

        if (Real(a, b, out double p, out double q)) return new FloatValue(p * q);
        if (Repetition.Of(run, a, b) is { } repeated) return repeated;
        throw Unsupported("*", a, b);
    }

    public static TemplateValue Divide(RenderRun run, TemplateValue a, TemplateValue b)
    {
        if (Whole(run, a, b, out BigInteger x, out BigInteger y))
        {
            if (y.IsZero) throw Faults.ZeroDivision("division by zero");
            double quotient = Floats.Divide(x, y);
            return double.IsInfinity(quotient) ? throw Faults.Overflow("integer division result too large for a float") : new FloatValue(quotient);
        }

        if (!Real(a, b, out double p, out double q)) throw Unsupported("/", a, b);
        return q == 0 ? throw Faults.ZeroDivision("float division by zero") : new FloatValue(p / q);
    }

    public static TemplateValue FloorDivide(RenderRun run, TemplateValue a, TemplateValue b)
    {
        if (Whole(run, a, b, out BigInteger x, out BigInteger y))
        {
            if (y.IsZero) throw Faults.ZeroDivision("integer division or modulo by zero");
            return Integers.Checked(Floor(x, y).Quotient);
        }

        if (!Real(a, b, out double p, out double q)) throw Unsupported("//", a, b);
        if (q == 0) throw Faults.ZeroDivision("float floor division by zero");
        return new FloatValue(FloatDivision.Floor(p, q).Quotient);
    }

    public static TemplateValue Modulo(RenderRun run, TemplateValue a, TemplateValue b)
    {
        if (a is StringValue format) return PercentFormat.Format(run, format, b);
        if (Whole(run, a, b, out BigInteger x, out BigInteger y))
        {
            if (y.IsZero) throw Faults.ZeroDivision("integer modulo by zero");
            return Integers.Checked(Floor(x, y).Remainder);
        }

        if (!Real(a, b, out double p, out double q)) throw Unsupported("%", a, b);
        if (q == 0) throw Faults.ZeroDivision("float modulo");
        return new FloatValue(FloatDivision.Floor(p, q).Remainder);
    }

    public static TemplateValue Power(RenderRun run, TemplateValue a, TemplateValue b)
    {
        if (Whole(run, a, b, out BigInteger x, out BigInteger y) && y.Sign >= 0) return Power(run, x, y);
        if (!Real(a, b, out double p, out double q)) throw Unsupported("** or pow()", a, b);
        if (p == 0 && q < 0) throw Faults.ZeroDivision("0.0 cannot be raised to a negative power");
        if (p < 0 && double.IsFinite(p) && double.IsFinite(q) && Math.Floor(q) != q)
            throw Faults.Type("a root of a negative number is complex, which templates do not have");
        double power = Math.Pow(p, q);
        if (double.IsInfinity(power) && double.IsFinite(p) && double.IsFinite(q)) throw Faults.Overflow("(34, 'Numerical result out of range')");
        return new FloatValue(power);
    }

    public static TemplateValue Negate(RenderRun run, TemplateValue a)
    {
        if (a is FloatValue real) return new FloatValue(-real.Value);
        if (Integers.TryGet(a, out BigInteger number)) return IntegerValue.Of(-number);
        if (a is UndefinedValue undefined) throw undefined.Fault(run);
        throw Faults.Type($"bad operand type for unary -: '{a.TypeName}'");
    }

    public static TemplateValue Plus(RenderRun run, TemplateValue a)
    {
        if (a is FloatValue) return a;
        if (Integers.TryGet(a, out BigInteger number)) return IntegerValue.Of(number);
        if (a is UndefinedValue undefined) throw undefined.Fault(run);
        throw Faults.Type($"bad operand type for unary +: '{a.TypeName}'");
    }

    private static (BigInteger Quotient, BigInteger Remainder) Floor(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger remainder);
        return !remainder.IsZero && remainder.Sign != b.Sign ? (quotient - 1, remainder + b) : (quotient, remainder);
    }

    private static IntegerValue Power(RenderRun run, BigInteger x, BigInteger y)
    {
        if (y.IsZero || x.IsOne) return IntegerValue.Of(1);
        if (x.IsZero) return IntegerValue.Of(0);
        if (x == BigInteger.MinusOne) return IntegerValue.Of(y.IsEven ? 1 : -1);
        if (y > Integers.MaxBits || (x.GetBitLength() - 1) * (long)y > Integers.MaxBits) throw Integers.TooLarge();
        Integers.Charge(run, x.GetBitLength() * (long)y);
        return Integers.Checked(BigInteger.Pow(x, (int)y));
    }

    private static StringValue Concatenate(RenderRun run, StringValue a, StringValue b)
    {
        if (!a.IsMarkup && !b.IsMarkup)
        {
            run.Allocate((long)a.Value.Length + b.Value.Length);
            return StringValue.Of(a.Value + b.Value);
        }

        string left = a.IsMarkup ? a.Value : Html.Escape(run, a.Value);
        string right = b.IsMarkup ? b.Value : Html.Escape(run, b.Value);
        run.Allocate((long)left.Length + right.Length);
        return StringValue.Markup(left + right);
    }

    private static bool Whole(RenderRun run, TemplateValue a, TemplateValue b, out BigInteger x, out BigInteger y)
    {
        y = default;
        if (a is UndefinedValue first) throw first.Fault(run);
        if (b is UndefinedValue second) throw second.Fault(run);
        if (!Integers.TryGet(a, out x) || !Integers.TryGet(b, out y)) return false;
        if (a is IntegerValue { IsBig: true } && b is IntegerValue { IsBig: true }) Integers.Charge(run, x, y);
        return true;
    }

    private static bool Real(TemplateValue a, TemplateValue b, out double p, out double q)
    {
        q = 0;
        p = 0;
        bool numbers = (a is FloatValue || Integers.TryGet(a, out _)) && (b is FloatValue || Integers.TryGet(b, out _));
        return numbers && Floats.TryGet(a, out p) && Floats.TryGet(b, out q);
    }

    private static TemplateException Unsupported(string op, TemplateValue a, TemplateValue b) =>
        Faults.Type($"unsupported operand type(s) for {op}: '{a.TypeName}' and '{b.TypeName}'");
}
