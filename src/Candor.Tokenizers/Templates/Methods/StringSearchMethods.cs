namespace Candor.Tokenizers.Templates;

/// <summary>Methods that look for parts of a text.</summary>
internal static class StringSearchMethods
{
    public static readonly Dictionary<string, Method<StringValue>> All = new()
    {
        ["find"] = (run, s, a) => IntegerValue.Of(Find(run, s, a, false)),
        ["rfind"] = (run, s, a) => IntegerValue.Of(Find(run, s, a, true)),
        ["index"] = (run, s, a) => Found(Find(run, s, a, false)),
        ["rindex"] = (run, s, a) => Found(Find(run, s, a, true)),
        ["count"] = Count,
        ["startswith"] = (run, s, a) => BooleanValue.Of(Affix(run, s, a, "startswith", (window, part) => window.StartsWith(part))),
        ["endswith"] = (run, s, a) => BooleanValue.Of(Affix(run, s, a, "endswith", (window, part) => window.EndsWith(part))),
    };

    private static readonly Signature Parameters = new("str method", "/", "text", "start=", "end=");

    private delegate bool AffixCheck(ReadOnlySpan<char> window, ReadOnlySpan<char> part);

    private static IntegerValue Found(int at) => at >= 0 ? IntegerValue.Of(at) : throw Faults.Value("substring not found");

    /// <summary>The part of a text between optional positions in code points: where it begins in UTF-16 and in code points; null where it is inside out.</summary>
    private static (int Begin, int End, int CodePoint)? Window(RenderRun run, StringValue s, TemplateValue? start, TemplateValue? stop)
    {
        int length = s.CodePoints;
        long from = Place(start, 0, length);
        long to = Math.Min(Place(stop, length, length), length);
        if (from > to) return null;
        if (s.IsSimple) return ((int)from, (int)to, (int)from);
        run.Work(s.Value.Length);
        return (PyText.Offset(s.Value, (int)from), PyText.Offset(s.Value, (int)to), (int)from);
    }

    private static long Place(TemplateValue? value, long missing, int length)
    {
        if (value is null or NoneValue) return missing;
        if (!Integers.TryIndex(value, out long at)) throw Faults.Type("slice indices must be integers or None or have an __index__ method");
        return at < 0 ? Math.Max(0, at + length) : at;
    }

    private static int Find(RenderRun run, StringValue s, CallArguments arguments, bool last)
    {
        TemplateValue?[] bound = Parameters.Bind(arguments);
        string part = StringMethods.Text(bound[0], "must");
        if (Window(run, s, bound[1], bound[2]) is not { } window) return -1;
        PyText.Charge(run, window.End - window.Begin, part.Length);
        ReadOnlySpan<char> text = s.Value.AsSpan(window.Begin..window.End);
        int at = part.Length == 0 ? (last ? text.Length : 0) : last ? text.LastIndexOf(part) : text.IndexOf(part);
        if (at < 0 || s.IsSimple) return at < 0 ? -1 : window.CodePoint + at;
        return window.CodePoint + PyText.CodePoints(text[..at].ToString());
    }

    private static IntegerValue Count(RenderRun run, StringValue s, CallArguments arguments)
    {
        TemplateValue?[] bound = Parameters.Bind(arguments);
        string part = StringMethods.Text(bound[0], "must");
        if (Window(run, s, bound[1], bound[2]) is not { } window) return IntegerValue.Of(0);
        string text = s.Value[window.Begin..window.End];
        PyText.Charge(run, text.Length, part.Length);
        return IntegerValue.Of(part.Length == 0 ? PyText.CodePoints(text) + 1 : text.AsSpan().Count(part));
    }

    private static bool Affix(RenderRun run, StringValue s, CallArguments arguments, string name, AffixCheck check)
    {
        TemplateValue?[] bound = Parameters.Bind(arguments);
        List<TemplateValue> parts = bound[0] is TupleValue tuple ? tuple.Items : [bound[0]!];
        if (Window(run, s, bound[1], bound[2]) is not { } window) return false;
        foreach (TemplateValue part in parts)
        {
            run.Step();
            if (part is not StringValue text)
            {
                throw Faults.Type(bound[0] is TupleValue
                    ? $"tuple for {name} must only contain str, not {part.TypeName}"
                    : $"{name} first arg must be str or a tuple of str, not {part.TypeName}");
            }

            run.Work(text.Value.Length);
            if (check(s.Value.AsSpan(window.Begin..window.End), text.Value)) return true;
        }

        return false;
    }
}
