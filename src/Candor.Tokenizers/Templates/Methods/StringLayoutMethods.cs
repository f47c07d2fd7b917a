using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Methods that bring texts to a width, and the formatting ones.</summary>
internal static class StringLayoutMethods
{
    private static readonly Signature TabParameters = new("expandtabs", "tabsize=");
    private static readonly Signature PadParameters = new("str method", "/", "width", "fillchar=");
    private static readonly Signature Width = new("zfill", "/", "width");

    public static readonly Dictionary<string, Method<StringValue>> All = new()
    {
        ["center"] = (run, s, a) => Pad(run, s, a, "center"),
        ["ljust"] = (run, s, a) => Pad(run, s, a, "ljust"),
        ["rjust"] = (run, s, a) => Pad(run, s, a, "rjust"),
        ["zfill"] = (run, s, a) => Fill(run, s, Integers.Index(Width.Bind(a)[0]!)),
        ["expandtabs"] = (run, s, a) => Expand(run, s, TabParameters.Bind(a)[0] is { } size ? Integers.Index(size) : 8),
        ["format"] = (run, s, a) => StrFormat.Format(run, s, a, null),
        ["format_map"] = (run, s, a) =>
        {
            if (a.HasNamed) throw Faults.Type("format_map() takes no keyword arguments");
            if (a.Positional.Length != 1) throw Faults.Type($"format_map() takes exactly one argument ({a.Positional.Length} given)");
            return StrFormat.Format(run, s, CallArguments.None, a.Positional[0]);
        },
    };

    /// <summary>Centers a text as Python does: of an odd rest the left side gets more only where the width is odd.</summary>
    public static string Center(RenderRun run, string text, long width, string fill)
    {
        long missing = width - PyText.CodePoints(text);
        if (missing <= 0) return text;
        long left = (missing / 2) + (missing & width & 1);
        return Repetition.Text(run, fill, left) + text + Repetition.Text(run, fill, missing - left);
    }

    private static StringValue Pad(RenderRun run, StringValue s, CallArguments arguments, string name)
    {
        TemplateValue?[] bound = PadParameters.Bind(arguments);
        long width = Integers.Index(bound[0]!);
        string fill = " ";
        if (bound[1] is { } given)
        {
            if (given is not StringValue text) throw Faults.Type($"The fill character must be a unicode character, not {given.TypeName}");
            fill = s.IsMarkup && !text.IsMarkup ? Html.Escape(run, text.Value) : text.Value;
            if (PyText.CodePoints(fill) != 1) throw Faults.Type("The fill character must be exactly one character long");
        }

        string padding = name == "center" ? "" : Repetition.Text(run, fill, width - s.CodePoints);
        return StringMethods.Like(run, s, name switch
        {
            "center" => Center(run, s.Value, width, fill),
            "ljust" => s.Value + padding,
            _ => padding + s.Value,
        });
    }

    private static StringValue Fill(RenderRun run, StringValue s, long width)
    {
        string zeros = Repetition.Text(run, "0", width - s.CodePoints);
        bool signed = s.Value.Length > 0 && s.Value[0] is '+' or '-';
        return StringMethods.Like(run, s, signed ? s.Value[0] + zeros + s.Value[1..] : zeros + s.Value);
    }

    private static StringValue Expand(RenderRun run, StringValue s, long size)
    {
        var expanded = new StringBuilder(s.Value.Length);
        long column = 0;
        for (int at = 0; at < s.Value.Length; at += PyText.Width(s.Value, at))
        {
            char c = s.Value[at];
            if (c == '\t')
            {
                long spaces = size > 0 ? size - (column % size) : 0;
                expanded.Append(Repetition.Text(run, " ", spaces));
                column += spaces;
                continue;
            }

            expanded.Append(s.Value, at, PyText.Width(s.Value, at));
            column = c is '\n' or '\r' ? 0 : column + 1;
        }

        return StringMethods.Like(run, s, expanded.ToString());
    }
}
