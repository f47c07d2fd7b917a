using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>pprint.pformat</c>: keys sorted, long containers on several lines.</summary>
internal sealed class PrettyPrint(RenderRun run)
{
    private const int Width = 80;

    private readonly StringBuilder text = new();

    public static string Format(RenderRun run, TemplateValue value)
    {
        var printer = new PrettyPrint(run);
        printer.Value(value, 0, 0);
        return printer.text.ToString();
    }

    private void Write(string piece)
    {
        run.Allocate(piece.Length);
        text.Append(piece);
    }

    private void Value(TemplateValue value, int indent, int allowance)
    {
        StackGuard.Check();
        string flat = ReprWriter.Write(run, Sorted(value));
        if (PyText.CodePoints(flat) <= Width - indent - allowance)
        {
            Write(flat);
            return;
        }

        switch (value)
        {
            case DictValue { Items.Count: > 0 } dict:
                Dict(dict, indent, allowance);
                break;
            case ListValue { Items.Count: > 0 } list:
                Items("[", list.Items, "]", indent, allowance);
                break;
            case TupleValue { Items.Count: > 0 } tuple:
                Items("(", tuple.Items, tuple.Items.Count == 1 ? ",)" : ")", indent, allowance);
                break;
            default:
                Write(flat);
                break;
        }
    }

    private void Items(string open, List<TemplateValue> items, string close, int indent, int allowance)
    {
        Write(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0) Write(",\n" + Repetition.Text(run, " ", indent + 1));
            Value(items[i], indent + 1, i + 1 == items.Count ? allowance + close.Length : 1);
        }

        Write(close);
    }

    private void Dict(DictValue dict, int indent, int allowance)
    {
        Write("{");
        List<TemplateValue> keys = SortedKeys(dict);
        for (int i = 0; i < keys.Count; i++)
        {
            if (i > 0) Write(",\n" + Repetition.Text(run, " ", indent + 1));
            string key = ReprWriter.Write(run, keys[i]) + ": ";
            Write(key);
            Value(dict.Items[keys[i]], indent + 1 + PyText.CodePoints(key), i + 1 == keys.Count ? allowance + 1 : 1);
        }

        Write("}");
    }

    /// <summary>The same value with the keys of all dictionaries in order.</summary>
    private TemplateValue Sorted(TemplateValue value)
    {
        StackGuard.Check();
        run.AllocateElements(1);
        switch (value)
        {
            case DictValue dict:
                var sorted = new DictValue(run.Keys);
                run.AllocateElements(dict.Items.Count);
                foreach (TemplateValue key in SortedKeys(dict)) sorted.Items[key] = Sorted(dict.Items[key]);
                return sorted;
            case ListValue list:
                run.AllocateElements(list.Items.Count);
                return new ListValue(list.Items.ConvertAll(Sorted));
            case TupleValue tuple:
                run.AllocateElements(tuple.Items.Count);
                return new TupleValue(tuple.Items.ConvertAll(Sorted));
            default:
                return value;
        }
    }

    private List<TemplateValue> SortedKeys(DictValue dict)
    {
        List<TemplateValue> keys = [.. dict.Items.Keys];
        bool alike = keys.TrueForAll(key => key is StringValue) || keys.TrueForAll(key => key is IntegerValue or FloatValue or BooleanValue);
        return alike ? Sorting.Sort(run, keys, key => key, false) : keys;
    }
}
