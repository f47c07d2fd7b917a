using System.Globalization;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>json.dumps</c>.</summary>
internal sealed class JsonText(RenderRun run, bool ensureAscii, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    private readonly StringBuilder text = new();

    public static string Write(
        RenderRun run,
        TemplateValue value,
        bool ensureAscii,
        string? indent,
        string itemSeparator,
        string keySeparator,
        bool sortKeys)
    {
        var writer = new JsonText(run, ensureAscii, indent, itemSeparator, keySeparator, sortKeys);
        writer.Value(value, 0);
        return writer.text.ToString();
    }

    private void Append(string piece)
    {
        run.Allocate(piece.Length + 1);
        text.Append(piece);
    }

    private void Value(TemplateValue value, int depth)
    {
        StackGuard.Check();
        switch (value)
        {
            case StringValue s:
                Quoted(s.Value);
                break;
            case NoneValue:
                Append("null");
                break;
            case BooleanValue truth:
                Append(truth.Value ? "true" : "false");
                break;
            case IntegerValue integer:
                Append(Integers.ToText(run, integer));
                break;
            case FloatValue real:
                Append(Float(real.Value));
                break;
            case SequenceValue list:
                Array(list.Items, depth);
                break;
            case DictValue dict:
                Object(dict, depth);
                break;
            default:
                throw Faults.Type($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    private static string Float(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "Infinity" : "-Infinity";
        return FloatText.Repr(value);
    }

    private void Array(List<TemplateValue> items, int depth)
    {
        if (items.Count == 0)
        {
            Append("[]");
            return;
        }

        Append("[");
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0) Append(itemSeparator);
            NewLine(depth + 1);
            Value(items[i], depth + 1);
        }

        NewLine(depth);
        Append("]");
    }

    private void Object(DictValue dict, int depth)
    {
        if (dict.Items.Count == 0)
        {
            Append("{}");
            return;
        }

        IEnumerable<KeyValuePair<TemplateValue, TemplateValue>> members = dict.Items;
        if (sortKeys)
        {
            List<TemplateValue> keys = Sorting.Sort(run, [.. dict.Items.Keys], key => key, false);
            members = keys.Select(key => KeyValuePair.Create(key, dict.Items[key]));
        }

        Append("{");
        bool first = true;
        foreach ((TemplateValue key, TemplateValue value) in members)
        {
            if (!first) Append(itemSeparator);
            first = false;
            NewLine(depth + 1);
            Quoted(Key(key));
            Append(keySeparator);
            Value(value, depth + 1);
        }

        NewLine(depth);
        Append("}");
    }

    private string Key(TemplateValue key) => key switch
    {
        StringValue s => s.Value,
        NoneValue => "null",
        BooleanValue truth => truth.Value ? "true" : "false",
        IntegerValue integer => Integers.ToText(run, integer),
        FloatValue real => Float(real.Value),
        _ => throw Faults.Type($"keys must be str, int, float, bool or None, not {key.TypeName}"),
    };

    private void NewLine(int depth)
    {
        if (indent is null) return;
        Append("\n");
        if (depth > 0 && indent.Length > 0) Append(Repetition.Text(run, indent, depth));
    }

    private void Quoted(string s)
    {
        run.Allocate(s.Length + 2);
        text.Append('"');
        int plain = 0;
        for (int i = 0; i < s.Length; i++)
        {
            char c = s[i];
            if (c is not ('"' or '\\') && c >= ' ' && (c < '\x7f' || !ensureAscii)) continue;
            text.Append(s, plain, i - plain);
            plain = i + 1;
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case '\f': text.Append("\\f"); break;
                case '\b': text.Append("\\b"); break;
                default:
                    run.Allocate(6);
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
            }
        }

        text.Append(s, plain, s.Length - plain).Append('"');
    }
}
