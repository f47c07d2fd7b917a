using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Methods that cut, join and replace texts.</summary>
internal static class StringPartMethods
{
    private static readonly Signature SplitParameters = new("split", "sep=", "maxsplit=");
    private static readonly Signature StripParameters = new("strip", "/", "chars=");
    private static readonly Signature LinesParameters = new("splitlines", "keepends=");
    private static readonly Signature ReplaceParameters = new("replace", "/", "old", "new", "count=");
    private static readonly Signature OneText = new("str method", "/", "text");

    public static readonly Dictionary<string, Method<StringValue>> All = new()
    {
        ["strip"] = (run, s, a) => Strip(run, s, a, true, true),
        ["lstrip"] = (run, s, a) => Strip(run, s, a, true, false),
        ["rstrip"] = (run, s, a) => Strip(run, s, a, false, true),
        ["split"] = (run, s, a) => Split(run, s, a, false),
        ["rsplit"] = (run, s, a) => Split(run, s, a, true),
        ["splitlines"] = (run, s, a) => StringMethods.ListLike(run, s, PyText.Lines(s.Value, LinesParameters.Bind(a)[0]?.IsTrue ?? false)),
        ["partition"] = (run, s, a) => Partition(run, s, a, false),
        ["rpartition"] = (run, s, a) => Partition(run, s, a, true),
        ["removeprefix"] = (run, s, a) =>
        {
            string prefix = StringMethods.Text(OneText.Bind(a)[0], "removeprefix() argument");
            return StringMethods.Like(run, s, s.Value.StartsWith(prefix, StringComparison.Ordinal) ? s.Value[prefix.Length..] : s.Value);
        },
        ["removesuffix"] = (run, s, a) =>
        {
            string suffix = StringMethods.Text(OneText.Bind(a)[0], "removesuffix() argument");
            return StringMethods.Like(run, s, s.Value.EndsWith(suffix, StringComparison.Ordinal) ? s.Value[..^suffix.Length] : s.Value);
        },
        ["replace"] = (run, s, a) =>
        {
            TemplateValue?[] bound = ReplaceParameters.Bind(a);
            string old = StringMethods.Text(bound[0], "replace() argument 1");
            string with = StringMethods.Text(bound[1], "replace() argument 2");
            if (s.IsMarkup && bound[1] is StringValue { IsMarkup: false }) with = Html.Escape(run, with);
            return StringMethods.Like(run, s, Replace(run, s.Value, old, with, bound[2] is { } count ? Integers.Index(count) : -1));
        },
        ["join"] = (run, s, a) => Join(run, s, OneText.Bind(a)[0]!),
        ["translate"] = (run, s, a) => Translate(run, s, OneText.Bind(a)[0]!),
    };

    /// <summary>Replaces parts, at most so many times where that is not negative.</summary>
    public static string Replace(RenderRun run, string text, string old, string with, long count)
    {
        PyText.Charge(run, text.Length, old.Length);
        if (count == 0) return text;
        long most = count < 0 ? long.MaxValue : count;
        if (old.Length == 0) return Interleave(run, text, with, most);
        var replaced = new StringBuilder();
        int at = 0;
        for (long done = 0; done < most; done++)
        {
            int found = text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0) break;
            run.Allocate((long)found - at + with.Length);
            replaced.Append(text, at, found - at).Append(with);
            at = found + old.Length;
        }

        return at == 0 ? text : replaced.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>The texts of values with a separator between them.</summary>
    public static StringValue Join(RenderRun run, StringValue separator, TemplateValue values)
    {
        if (values.Iterate(run) is not { } items) throw Faults.Type("can only join an iterable");
        var joined = new StringBuilder();
        for (int at = 0; items.Next() is { } item; at++)
        {
            run.Step();
            string piece = item switch
            {
                _ when separator.IsMarkup => Html.Escape(run, item).Value,
                StringValue text => text.Value,
                _ => throw Faults.Type($"sequence item {at}: expected str instance, {item.TypeName} found"),
            };
            run.Allocate((long)piece.Length + separator.Value.Length);
            if (at > 0) joined.Append(separator.Value);
            joined.Append(piece);
        }

        return StringMethods.Like(run, separator, joined.ToString());
    }

    private static StringValue Strip(RenderRun run, StringValue s, CallArguments arguments, bool left, bool right)
    {
        TemplateValue? characters = StripParameters.Bind(arguments)[0];
        string? set = characters is null or NoneValue ? null : StringMethods.Text(characters, "strip arg");
        PyText.ChargeStrip(run, s.Value, set);
        string stripped = PyText.Strip(s.Value, set, left, right);
        return ReferenceEquals(stripped, s.Value) ? s : StringMethods.Like(run, s, stripped);
    }

    private static ListValue Split(RenderRun run, StringValue s, CallArguments arguments, bool fromRight)
    {
        TemplateValue?[] bound = SplitParameters.Bind(arguments);
        long cuts = bound[1] is { } most ? Integers.Index(most) : -1;
        if (cuts < 0) cuts = long.MaxValue;
        run.Work(s.Value.Length);
        List<string> parts = bound[0] switch
        {
            null or NoneValue => fromRight ? StringSplit.OnSpaceFromRight(s.Value, cuts) : StringSplit.OnSpace(s.Value, cuts),
            StringValue separator => fromRight
                ? StringSplit.OnFromRight(run, s.Value, separator.Value, cuts)
                : StringSplit.On(run, s.Value, separator.Value, cuts),
            { } other => throw Faults.Type($"must be str or None, not {other.TypeName}"),
        };
        return StringMethods.ListLike(run, s, parts);
    }

    private static TupleValue Partition(RenderRun run, StringValue s, CallArguments arguments, bool last)
    {
        string separator = StringMethods.Text(OneText.Bind(arguments)[0], "must");
        if (separator.Length == 0) throw Faults.Value("empty separator");
        int at = last ? PyText.FindLast(run, s.Value, separator) : PyText.Find(run, s.Value, separator, 0);
        string[] parts = at >= 0
            ? [s.Value[..at], separator, s.Value[(at + separator.Length)..]]
            : last ? ["", "", s.Value] : [s.Value, "", ""];
        return new TupleValue([.. parts.Select(part => (TemplateValue)StringMethods.Like(run, s, part))]);
    }

    private static string Interleave(RenderRun run, string text, string with, long most)
    {
        run.Allocate(Math.Min(text.Length + 1L, most) * with.Length);
        var replaced = new StringBuilder();
        int at = 0;
        for (long done = 0; done < most; done++)
        {
            replaced.Append(with);
            if (at >= text.Length) return replaced.ToString();
            int width = PyText.Width(text, at);
            replaced.Append(text, at, width);
            at += width;
        }

        return replaced.Append(text, at, text.Length - at).ToString();
    }

    private static StringValue Translate(RenderRun run, StringValue s, TemplateValue table)
    {
        run.Work(16L * s.Value.Length);
        var translated = new StringBuilder(s.Value.Length);
        for (int at = 0; at < s.Value.Length;)
        {
            int width = PyText.Width(s.Value, at);
            int code = width == 2 ? char.ConvertToUtf32(s.Value, at) : s.Value[at];
            TemplateValue? to = table switch
            {
                UndefinedValue undefined => throw undefined.Fault(run),
                DictValue or SequenceValue or StringValue => table.Item(run, IntegerValue.Of(code)),
                _ => throw Faults.Type($"'{table.TypeName}' object is not subscriptable"),
            };
            string piece = to switch
            {
                null => s.Value.Substring(at, width),
                NoneValue => "",
                StringValue text => text.Value,
                IntegerValue number => FormatSpec.Character(number.Big),
                _ => throw Faults.Type("character mapping must return integer, None or str"),
            };
            run.Allocate(piece.Length);
            translated.Append(piece);
            at += width;
        }

        return StringMethods.Like(run, s, translated.ToString());
    }
}
