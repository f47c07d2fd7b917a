using System.Collections.Frozen;

namespace Candor.Tokenizers.Templates;

/// <summary>Jinja's tests by name.</summary>
internal static class TestTable
{
    private static readonly FrozenDictionary<string, Builtin> Tests = new Dictionary<string, Builtin>
    {
        ["odd"] = Unary("test_odd", (run, v) => Remainder(run, v, IntegerValue.Of(2), 1)),
        ["even"] = Unary("test_even", (run, v) => Remainder(run, v, IntegerValue.Of(2), 0)),
        ["divisibleby"] = Binary("test_divisibleby", "num", (run, v, num) => Remainder(run, v, num, 0)),
        ["defined"] = Unary("test_defined", (_, v) => v is not UndefinedValue),
        ["undefined"] = Unary("test_undefined", (_, v) => v is UndefinedValue),
        ["filter"] = Unary("test_filter", (_, v) => IsKnown(v, FilterTable.Find)),
        ["test"] = Unary("test_test", (_, v) => IsKnown(v, Find)),
        ["none"] = Unary("test_none", (_, v) => v is NoneValue),
        ["boolean"] = Unary("test_boolean", (_, v) => v is BooleanValue),
        ["false"] = Unary("test_false", (_, v) => v == BooleanValue.False),
        ["true"] = Unary("test_true", (_, v) => v == BooleanValue.True),
        ["integer"] = Unary("test_integer", (_, v) => v is IntegerValue),
        ["float"] = Unary("test_float", (_, v) => v is FloatValue),
        ["lower"] = Unary("test_lower", (run, v) => StringPredicates.IsLower(Charged(run, v))),
        ["upper"] = Unary("test_upper", (run, v) => StringPredicates.IsUpper(Charged(run, v))),
        ["string"] = Unary("test_string", (_, v) => v is StringValue),
        ["mapping"] = Unary("test_mapping", (_, v) => v is DictValue),
        ["number"] = Unary("test_number", (_, v) => v is IntegerValue or FloatValue or BooleanValue),
        ["sequence"] = Unary("test_sequence", (_, v) => v is StringValue or SequenceValue or DictValue or RangeValue),
        ["iterable"] = Unary("test_iterable", (run, v) => v.Iterate(run) is not null),
        ["callable"] = Unary("callable", (_, v) => v is CallableValue or UndefinedValue),
        ["sameas"] = Binary("test_sameas", "other", (_, v, other) => ReferenceEquals(v, other)),
        ["escaped"] = Unary("test_escaped", (_, v) => v is StringValue { IsMarkup: true }),
        ["in"] = Binary("test_in", "seq", (run, v, seq) => Containment.Contains(run, seq, v)),
        ["=="] = Binary("eq", "b", Equality.AreEqual),
        ["eq"] = Binary("eq", "b", Equality.AreEqual),
        ["equalto"] = Binary("eq", "b", Equality.AreEqual),
        ["!="] = Binary("ne", "b", (run, a, b) => !Equality.AreEqual(run, a, b)),
        ["ne"] = Binary("ne", "b", (run, a, b) => !Equality.AreEqual(run, a, b)),
        [">"] = Order(">"),
        ["gt"] = Order(">"),
        ["greaterthan"] = Order(">"),
        [">="] = Order(">="),
        ["ge"] = Order(">="),
        ["<"] = Order("<"),
        ["lt"] = Order("<"),
        ["lessthan"] = Order("<"),
        ["<="] = Order("<="),
        ["le"] = Order("<="),
    }.ToFrozenDictionary();

    public static IEnumerable<string> Names => Tests.Keys;

    public static Builtin? Find(string name) => Tests.GetValueOrDefault(name);

    private static Builtin Unary(string function, Func<RenderRun, TemplateValue, bool> holds)
    {
        var signature = new Signature(function, "value");
        return (run, arguments) => BooleanValue.Of(holds(run, signature.Bind(arguments)[0]!));
    }

    private static Builtin Binary(string function, string other, Func<RenderRun, TemplateValue, TemplateValue, bool> holds)
    {
        var signature = new Signature(function, "value", other);
        return (run, arguments) =>
        {
            TemplateValue?[] bound = signature.Bind(arguments);
            return BooleanValue.Of(holds(run, bound[0]!, bound[1]!));
        };
    }

    private static Builtin Order(string op) => Binary(op, "b", (run, a, b) => Ordering.Compare(run, op, a, b));

    private static bool Remainder(RenderRun run, TemplateValue value, TemplateValue divisor, int expected) =>
        Equality.AreEqual(run, Arithmetic.Modulo(run, value, divisor), IntegerValue.Of(expected));

    private static string Charged(RenderRun run, TemplateValue value)
    {
        string text = value.ToText(run);
        run.Work(4L * text.Length);
        return text;
    }

    private static bool IsKnown(TemplateValue name, Func<string, Builtin?> find)
    {
        KeyComparer.RequireHashable(name);
        return name is StringValue text && find(text.Value) is not null;
    }
}
