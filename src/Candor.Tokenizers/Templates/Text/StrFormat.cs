using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>text.format(...)</c> as Jinja's sandbox runs it: attributes go through the sandbox.</summary>
internal sealed class StrFormat(RenderRun run, CallArguments arguments, TemplateValue? mapping, bool markup)
{
    private int automatic;
    private bool manual;

    /// <summary>Formats; <paramref name="mapping"/> is the argument of <c>format_map</c>.</summary>
    public static StringValue Format(RenderRun run, StringValue format, CallArguments arguments, TemplateValue? mapping)
    {
        string text = new StrFormat(run, arguments, mapping, format.IsMarkup).All(format.Value, 2);
        return run.Text(text, format.IsMarkup);
    }

    private string All(string format, int depth)
    {
        if (depth < 0) throw Faults.Value("Max string recursion exceeded");
        var text = new StringBuilder();
        for (int at = 0; at < format.Length;)
        {
            int brace = format.AsSpan(at).IndexOfAny('{', '}');
            int end = brace < 0 ? format.Length : at + brace;
            Write(text, format[at..end]);
            if (brace < 0) break;
            char c = format[end];
            if (end + 1 < format.Length && format[end + 1] == c)
            {
                Write(text, c.ToString());
                at = end + 2;
                continue;
            }

            if (c == '}') throw Faults.Value("Single '}' encountered in format string");
            int close = Close(format, end + 1);
            Write(text, Field(format[(end + 1)..close], depth));
            at = close + 1;
        }

        return text.ToString();
    }

    private void Write(StringBuilder text, string piece)
    {
        run.Allocate(piece.Length);
        text.Append(piece);
    }

    /// <summary>The brace that closes a field; braces nest in the specification, and brackets hide them in the name.</summary>
    private static int Close(string format, int from)
    {
        if (from >= format.Length) throw Faults.Value("Single '{' encountered in format string");
        int depth = 1;
        bool bracket = false;
        bool spec = false;
        for (int at = from; at < format.Length; at++)
        {
            char c = format[at];
            if (!spec && c == '[') bracket = true;
            else if (c == ']') bracket = false;
            else if (bracket) continue;
            else if (c == '{') depth++;
            else if (c == '}' && --depth == 0) return at;
            else if (c is ':' or '!') spec = true;
        }

        throw Faults.Value("expected '}' before end of string");
    }

    private string Field(string field, int depth)
    {
        (string name, char conversion, string spec) = Split(field);
        TemplateValue value = Lookup(name);
        value = conversion switch
        {
            '\0' => value,
            's' => run.Text(value.ToText(run)),
            'r' => run.Text(ReprWriter.Write(run, value)),
            'a' => run.Text(PercentFormat.EscapeNonAscii(ReprWriter.Write(run, value))),
            _ => throw Faults.Value($"Unknown conversion specifier {conversion}"),
        };
        string text = FormatSpec.Format(run, value, spec.Length == 0 ? "" : All(spec, depth - 1));
        return markup && value is not StringValue { IsMarkup: true } ? Html.Escape(run, text) : text;
    }

    private static (string Name, char Conversion, string Spec) Split(string field)
    {
        bool bracket = false;
        for (int at = 0; at < field.Length; at++)
        {
            char c = field[at];
            if (c == '[') bracket = true;
            else if (c == ']') bracket = false;
            else if (bracket) continue;
            else if (c == '{') throw Faults.Value("unexpected '{' in field name");
            else if (c == ':') return (field[..at], '\0', field[(at + 1)..]);
            else if (c == '!')
            {
                if (at + 1 >= field.Length) throw Faults.Value("end of string while looking for conversion specifier");
                if (at + 2 < field.Length && field[at + 2] != ':') throw Faults.Value("expected ':' after conversion specifier");
                return (field[..at], field[at + 1], at + 3 <= field.Length ? field[(at + 3)..] : "");
            }
        }

        return (field, '\0', "");
    }

    private TemplateValue Lookup(string name)
    {
        int end = name.AsSpan().IndexOfAny('.', '[');
        string first = end < 0 ? name : name[..end];
        TemplateValue value = First(first);
        for (int at = end < 0 ? name.Length : end; at < name.Length;)
        {
            if (name[at] == '.')
            {
                int stop = name.AsSpan(at + 1).IndexOfAny('.', '[');
                int to = stop < 0 ? name.Length : at + 1 + stop;
                if (to == at + 1) throw Faults.Value("Empty attribute in format string");
                value = Access.Attribute(run, value, StringValue.Of(name[(at + 1)..to]));
                at = to;
            }
            else if (name[at] == '[')
            {
                int close = name.IndexOf(']', at);
                if (close < 0) throw Faults.Value("Missing ']' in format string");
                string key = name[(at + 1)..close];
                if (key.Length == 0) throw Faults.Value("Empty attribute in format string");
                value = Access.Item(run, value, Key(key));
                at = close + 1;
            }
            else
            {
                throw Faults.Value("Only '.' or '[' may follow ']' in format field specifier");
            }
        }

        return value;
    }

    private static TemplateValue Key(string key)
    {
        if (key.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0) return StringValue.Of(key);
        if (key.Length > 18) throw Faults.Value("Too many decimal digits in format string");
        return IntegerValue.Of(long.Parse(key, System.Globalization.CultureInfo.InvariantCulture));
    }

    private TemplateValue First(string name)
    {
        if (name.Length == 0)
        {
            if (manual) throw Faults.Value("cannot switch from manual field specification to automatic field numbering");
            return Positional(automatic++);
        }

        if (name.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0)
        {
            if (automatic > 0) throw Faults.Value("cannot switch from manual field specification to automatic field numbering");
            manual = true;
            return name.Length < 10 && int.Parse(name, System.Globalization.CultureInfo.InvariantCulture) is var index
                ? Positional(index)
                : throw Faults.Index("tuple index out of range");
        }

        if (mapping is not null)
        {
            if (mapping is UndefinedValue undefined) throw undefined.Fault(run);
            if (mapping is not DictValue dict) throw Faults.Type($"'{mapping.TypeName}' object is not subscriptable");
            return dict.Items.TryGetValue(StringValue.Of(name), out TemplateValue? member) ? member : throw Faults.Key(StringRepr.Of(name));
        }

        foreach ((string key, TemplateValue value) in arguments.Named ?? [])
            if (key == name) return value;
        throw Faults.Key(StringRepr.Of(name));
    }

    private TemplateValue Positional(int index) =>
        index < arguments.Positional.Length ? arguments.Positional[index] : throw Faults.Index("tuple index out of range");
}
