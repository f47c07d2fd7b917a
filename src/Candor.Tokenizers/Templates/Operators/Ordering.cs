using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c>, <c>&gt;=</c>.</summary>
internal static class Ordering
{
    /// <summary>Whether <c>a op b</c>; <paramref name="op"/> is one of the four spellings.</summary>
    public static bool Compare(RenderRun run, string op, TemplateValue a, TemplateValue b)
    {
        run.Step();
        if (a is UndefinedValue x) throw x.Fault(run);
        if (b is UndefinedValue y) throw y.Fault(run);
        switch (a, b)
        {
            case (StringValue s, StringValue t):
                run.Work(Math.Min(s.Value.Length, t.Value.Length));
                return Holds(op, PyText.Compare(s.Value, t.Value));
            case (TupleValue s, TupleValue t):
                return Sequences(run, op, s.Items, t.Items);
            case (ListValue s, ListValue t):
                return Sequences(run, op, s.Items, t.Items);
        }

        bool wholeA = Integers.TryGet(a, out BigInteger i);
        bool wholeB = Integers.TryGet(b, out BigInteger j);
        if (wholeA && wholeB) return Holds(op, i.CompareTo(j));
        if (wholeA && b is FloatValue real) return Equality.Compare(i, real.Value) is { } order && Holds(op, order);
        if (wholeB && a is FloatValue first) return Equality.Compare(j, first.Value) is { } order && Holds(op, -order);
        if (a is FloatValue p && b is FloatValue q) return Floats(op, p.Value, q.Value);
        throw Faults.Type($"'{op}' not supported between instances of '{a.TypeName}' and '{b.TypeName}'");
    }

    public static bool Less(RenderRun run, TemplateValue a, TemplateValue b) => Compare(run, "<", a, b);

    private static bool Holds(string op, int order) => op switch
    {
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    private static bool Floats(string op, double a, double b) => op switch
    {
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        _ => a >= b,
    };

    private static bool Sequences(RenderRun run, string op, List<TemplateValue> a, List<TemplateValue> b)
    {
        StackGuard.Check();
        int shared = Math.Min(a.Count, b.Count);
        for (int i = 0; i < shared; i++)
            if (!Equality.Same(run, a[i], b[i])) return Compare(run, op, a[i], b[i]);
        return Holds(op, a.Count.CompareTo(b.Count));
    }
}
