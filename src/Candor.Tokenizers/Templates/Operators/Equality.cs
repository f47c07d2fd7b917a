using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>==</c>.</summary>
internal static class Equality
{
    public static bool AreEqual(RenderRun? run, TemplateValue a, TemplateValue b)
    {
        run?.Step();
        switch (a, b)
        {
            case (StringValue x, StringValue y):
                return Texts(run, x.Value, y.Value);
            case (UndefinedValue, UndefinedValue):
                return true;
            case (TupleValue x, TupleValue y):
                return Sequences(run, x.Items, y.Items);
            case (ListValue x, ListValue y):
                return Sequences(run, x.Items, y.Items);
            case (DictValue x, DictValue y):
                return Dicts(run, x, y);
            case (RangeValue x, RangeValue y):
                return x.Count == y.Count && (x.Count == 0 || (x.Start == y.Start && (x.Count == 1 || x.Step == y.Step)));
            case (DictViewValue { Part: not DictPart.Values } x, DictViewValue { Part: not DictPart.Values } y):
                return x.Length == y.Length && x.Elements().All(e => y.Elements().Any(f => Same(run, e, f)));
            default:
                return Numbers(a, b) ?? ReferenceEquals(a, b);
        }
    }

    /// <summary>What containers compare by: identity first, which makes NaN equal to itself there.</summary>
    public static bool Same(RenderRun? run, TemplateValue a, TemplateValue b)
    {
        if (!ReferenceEquals(a, b)) return AreEqual(run, a, b);
        run?.Step();
        return true;
    }

    /// <summary>Whether two texts are the same. The work is counted.</summary>
    public static bool Texts(RenderRun? run, string a, string b)
    {
        if (a.Length != b.Length) return false;
        if (a.Length > 64) run?.Work(a.Length);
        return a == b;
    }

    /// <summary>Compares a whole number with a double exactly: negative, zero, positive; null with NaN.</summary>
    public static int? Compare(BigInteger a, double b)
    {
        if (double.IsNaN(b)) return null;
        if (double.IsInfinity(b)) return b > 0 ? -1 : 1;
        double floor = Math.Floor(b);
        int order = a.CompareTo(new BigInteger(floor));
        return order != 0 ? order : (floor < b ? -1 : 0);
    }

    private static bool? Numbers(TemplateValue a, TemplateValue b)
    {
        if (a is FloatValue x)
        {
            if (b is FloatValue y) return x.Value == y.Value;
            return Integers.TryGet(b, out BigInteger other) ? Compare(other, x.Value) == 0 : null;
        }

        if (!Integers.TryGet(a, out BigInteger number)) return null;
        if (b is FloatValue real) return Compare(number, real.Value) == 0;
        return Integers.TryGet(b, out BigInteger second) ? number == second : null;
    }

    private static bool Sequences(RenderRun? run, List<TemplateValue> a, List<TemplateValue> b)
    {
        if (a.Count != b.Count) return false;
        StackGuard.Check();
        for (int i = 0; i < a.Count; i++)
            if (!Same(run, a[i], b[i])) return false;
        return true;
    }

    private static bool Dicts(RenderRun? run, DictValue a, DictValue b)
    {
        if (a.Items.Count != b.Items.Count) return false;
        StackGuard.Check();
        foreach ((TemplateValue key, TemplateValue value) in a.Items)
            if (!b.Items.TryGetValue(key, out TemplateValue? other) || !Same(run, value, other)) return false;
        return true;
    }
}
