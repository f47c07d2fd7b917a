using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Filters of texts.</summary>
internal static class TextFilters
{
    private const string WordBreaks = "-({[<";

    public static readonly Dictionary<string, Builtin> All = new()
    {
        ["upper"] = FilterTable.DefineText("do_upper", (run, s) => StringMethods.Like(run, s, CaseMapping.Upper(s.Value))),
        ["lower"] = FilterTable.DefineText("do_lower", (run, s) => StringMethods.Like(run, s, CaseMapping.Lower(s.Value))),
        ["capitalize"] = FilterTable.DefineText("do_capitalize", (run, s) => StringMethods.Like(run, s, CaseMapping.Capitalize(s.Value))),
        ["title"] = FilterTable.DefineText("do_title", (run, s) => run.Text(Title(run, s.Value))),
        ["string"] = FilterTable.DefineText("soft_str", (_, s) => s),
        ["wordcount"] = FilterTable.DefineText("do_wordcount", (run, s) => IntegerValue.Of(WordCount(run, s.Value))),
        ["trim"] = FilterTable.Define("do_trim", ["value", "chars="], Trim),
        ["center"] = FilterTable.Define("do_center", ["value", "width="], Center),
        ["replace"] = FilterTable.Define("do_replace", ["s", "old", "new", "count="], Replace),
        ["format"] = Format,
        ["indent"] = FilterTable.Define("do_indent", ["s", "width=", "first=", "blank="], Indent),
        ["truncate"] = FilterTable.Define("do_truncate", ["s", "length=", "killwords=", "end=", "leeway="], Truncate),
        ["wordwrap"] = FilterTable.Define("do_wordwrap", ["s", "width=", "break_long_words=", "wrapstring=", "break_on_hyphens="], Wrap),
    };

    private static TemplateValue Trim(RenderRun run, TemplateValue?[] bound)
    {
        StringValue text = FilterTable.Soft(run, bound[0]!);
        string? set = bound[1] is null or NoneValue ? null : StringMethods.Text(bound[1], "strip arg");
        PyText.ChargeStrip(run, text.Value, set);
        string trimmed = PyText.Strip(text.Value, set, true, true);
        return ReferenceEquals(trimmed, text.Value) ? text : StringMethods.Like(run, text, trimmed);
    }

    private static StringValue Center(RenderRun run, TemplateValue?[] bound)
    {
        StringValue text = FilterTable.Soft(run, bound[0]!);
        long width = bound[1] is { } given ? Integers.Index(given) : 80;
        return StringMethods.Like(run, text, StringLayoutMethods.Center(run, text.Value, width, " "));
    }

    private static StringValue Replace(RenderRun run, TemplateValue?[] bound)
    {
        long count = bound[3] is null or NoneValue ? -1 : Integers.Index(bound[3]!);
        if (!run.Autoescape)
        {
            return run.Text(StringPartMethods.Replace(
                run, bound[0]!.ToText(run), bound[1]!.ToText(run), bound[2]!.ToText(run), count));
        }

        bool markup = bound[0] is StringValue { IsMarkup: true };
        bool escape = bound[1] is StringValue { IsMarkup: true } || (bound[2] is StringValue { IsMarkup: true } && !markup);
        StringValue text = escape ? Html.Escape(run, bound[0]!) : FilterTable.Soft(run, bound[0]!);
        StringValue with = FilterTable.Soft(run, bound[2]!);
        string piece = text.IsMarkup ? Html.Escape(run, with).Value : with.Value;
        return StringMethods.Like(run, text, StringPartMethods.Replace(run, text.Value, bound[1]!.ToText(run), piece, count));
    }

    private static TemplateValue Format(RenderRun run, CallArguments arguments)
    {
        if (arguments.Positional.Length > 1 && arguments.HasNamed)
            throw Faults.FilterArgument("can't handle positional and keyword arguments at the same time");
        StringValue format = FilterTable.Soft(run, arguments.Positional[0]);
        if (!arguments.HasNamed) return PercentFormat.Format(run, format, new TupleValue([.. arguments.Positional[1..]]));
        var dict = new DictValue(run.Keys);
        foreach ((string name, TemplateValue value) in arguments.Named!) dict.Items[StringValue.Of(name)] = value;
        return PercentFormat.Format(run, format, dict);
    }

    private static string Title(RenderRun run, string text)
    {
        run.Work(8L * text.Length);
        var title = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int begin = at;
            bool breaks = IsWordBreak(text[at]);
            while (at < text.Length && IsWordBreak(text[at]) == breaks) at++;
            int first = begin + PyText.Width(text, begin);
            if (breaks) title.Append(text, begin, at - begin);
            else title.Append(CaseMapping.Upper(text[begin..first])).Append(CaseMapping.Lower(text[first..at]));
        }

        return title.ToString();
    }

    private static bool IsWordBreak(char c) => WordBreaks.Contains(c) || CharClass.IsSpace(c);

    private static int WordCount(RenderRun run, string text)
    {
        run.Work(4L * text.Length);
        int words = 0;
        bool inWord = false;
        foreach (Rune r in text.EnumerateRunes())
        {
            bool isWord = CharClass.IsWord(r);
            if (isWord && !inWord) words++;
            inWord = isWord;
        }

        return words;
    }

    private static StringValue Indent(RenderRun run, TemplateValue?[] bound)
    {
        if (bound[0] is not StringValue text)
        {
            if (bound[0] is UndefinedValue undefined) throw undefined.Fault(run);
            throw Faults.Type($"unsupported operand type(s) for +=: '{bound[0]!.TypeName}' and 'str'");
        }

        string indention = bound[1] is StringValue given ? given.Value : Repetition.Text(run, " ", bound[1] is { } width ? Integers.Index(width) : 4);
        if (text.IsMarkup && bound[1] is StringValue { IsMarkup: false }) indention = Html.Escape(run, indention);
        bool first = bound[2]?.IsTrue ?? false;
        bool blank = bound[3]?.IsTrue ?? false;
        List<string> lines = PyText.Lines(text.Value + "\n", false);
        run.Allocate(text.Value.Length + ((long)lines.Count * (indention.Length + 1)));
        var indented = new StringBuilder();
        for (int i = 0; i < lines.Count; i++)
        {
            if (i > 0) indented.Append('\n');
            if (i == 0 ? first : blank || lines[i].Length > 0) indented.Append(indention);
            indented.Append(lines[i]);
        }

        return run.Text(indented.ToString(), text.IsMarkup);
    }

    private static TemplateValue Truncate(RenderRun run, TemplateValue?[] bound)
    {
        long length = bound[1] is { } given ? Integers.Index(given) : 255;
        TemplateValue end = bound[3] ?? StringValue.Of("...");
        if (end.Length is not { } endLength) throw Faults.Type($"object of type '{end.TypeName}' has no len()");
        long leeway = bound[4] is null or NoneValue ? 5 : Integers.Index(bound[4]!);
        if (length < endLength) throw Faults.Assert($"expected length >= {endLength}, got {length}");
        if (leeway < 0) throw Faults.Assert($"expected leeway >= 0, got {leeway}");
        if (bound[0]!.Length is not { } total) throw Faults.Type($"object of type '{bound[0]!.TypeName}' has no len()");
        if (total <= length + leeway) return bound[0]!;
        if (bound[0] is not StringValue text) throw Faults.Type($"'{bound[0]!.TypeName}' object cannot be truncated");
        string kept = PyText.Slice(text, 0, (int)(length - endLength));
        bool killWords = bound[2]?.IsTrue ?? false;
        int space = kept.LastIndexOf(' ');
        if (!killWords && space >= 0) kept = kept[..space];
        return Arithmetic.Add(run, StringMethods.Like(run, text, kept), end);
    }

    private static StringValue Wrap(RenderRun run, TemplateValue?[] bound)
    {
        if (bound[0] is not StringValue text)
        {
            if (bound[0] is UndefinedValue undefined) throw undefined.Fault(run);
            throw Faults.Attribute($"'{bound[0]!.TypeName}' object has no attribute 'splitlines'");
        }

        int width = bound[1] is { } given ? Integers.Small(given) : 79;
        bool breakLong = bound[2]?.IsTrue ?? true;
        string newline = bound[3] is null or NoneValue ? "\n" : StringMethods.Text(bound[3], "wrapstring");
        bool onHyphens = bound[4]?.IsTrue ?? true;
        run.Allocate(2L * text.Value.Length);
        List<string> lines = PyText.Lines(text.Value, false);
        IEnumerable<string> wrapped = lines.Select(line => string.Join(newline, TextWrap.Wrap(run, line, width, breakLong, onHyphens)));
        string all = string.Join(newline, wrapped);
        return run.Text(all);
    }
}
