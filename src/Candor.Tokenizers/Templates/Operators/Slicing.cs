using System.Numerics;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>x[start:stop:step]</c>.</summary>
internal static class Slicing
{
    public static TemplateValue Slice(RenderRun run, TemplateValue value, TemplateValue? start, TemplateValue? stop, TemplateValue? step)
    {
        switch (value)
        {
            case StringValue text:
                return Text(run, text, start, stop, step);
            case ListValue list:
                return new ListValue(Items(run, list.Items, start, stop, step));
            case TupleValue tuple:
                return new TupleValue(Items(run, tuple.Items, start, stop, step));
            case RangeValue range:
                run.Work((long)range.Step.GetBitLength() + (long)range.Start.GetBitLength());
                (long from, long to, long by) = Bounds(range.Count, start, stop, step);
                return new RangeValue(range.Start + (range.Step * from), range.Start + (range.Step * to), range.Step * by);
            case UndefinedValue undefined:
                throw undefined.Fault(run);
            case DictValue:
                throw Faults.Type("unhashable type: 'slice'");
            default:
                throw Faults.Type($"'{value.TypeName}' object is not subscriptable");
        }
    }

    /// <summary>The positions that a slice takes: from, to (exclusive), by.</summary>
    public static (long From, long To, long By) Bounds(long length, TemplateValue? start, TemplateValue? stop, TemplateValue? step)
    {
        long by = Part(step) ?? 1;
        if (by == 0) throw Faults.Value("slice step cannot be zero");
        (long low, long high) = by > 0 ? (0L, length) : (-1L, length - 1);
        long from = Part(start) is { } first ? Place(first, length, low, high) : (by > 0 ? low : high);
        long to = Part(stop) is { } last ? Place(last, length, low, high) : (by > 0 ? high : low);
        return (from, to, by);
    }

    /// <summary>How many positions there are.</summary>
    public static long Count(long from, long to, long by)
    {
        if (by > 0) return from < to ? ((to - from - 1) / by) + 1 : 0;
        return from > to ? ((from - to - 1) / -by) + 1 : 0;
    }

    private static long Place(long at, long length, long low, long high)
    {
        if (at < 0) at += length;
        return Math.Clamp(at, low, high);
    }

    private static long? Part(TemplateValue? part)
    {
        if (part is null or NoneValue) return null;
        if (!Integers.TryGet(part, out BigInteger number))
            throw Faults.Type("slice indices must be integers or None or have an __index__ method");
        const long far = long.MaxValue / 4;
        return (long)BigInteger.Clamp(number, -far, far);
    }

    private static StringValue Text(RenderRun run, StringValue text, TemplateValue? start, TemplateValue? stop, TemplateValue? step)
    {
        (long from, long to, long by) = Bounds(text.CodePoints, start, stop, step);
        long count = Count(from, to, by);
        if (count == 0) return text.IsMarkup ? StringValue.Markup("") : StringValue.Empty;
        if (!text.IsSimple) run.Work(text.Value.Length);
        if (by == 1) return run.Text(PyText.Slice(text, (int)from, (int)to), text.IsMarkup);
        run.Allocate(count);
        int[] places = text.IsSimple ? [] : PyText.Offsets(text.Value);
        var picked = new System.Text.StringBuilder((int)count);
        for (long i = 0, at = from; i < count; i++, at += by)
        {
            if (places.Length == 0) picked.Append(text.Value[(int)at]);
            else picked.Append(text.Value, places[at], PyText.Width(text.Value, places[at]));
        }

        return text.IsMarkup ? StringValue.Markup(picked.ToString()) : StringValue.Of(picked.ToString());
    }

    private static List<TemplateValue> Items(RenderRun run, List<TemplateValue> items, TemplateValue? start, TemplateValue? stop, TemplateValue? step)
    {
        (long from, long to, long by) = Bounds(items.Count, start, stop, step);
        long count = Count(from, to, by);
        run.AllocateElements(count);
        if (by == 1) return items.GetRange((int)Math.Min(from, items.Count), (int)count);
        var picked = new List<TemplateValue>((int)count);
        for (long i = 0, at = from; i < count; i++, at += by) picked.Add(items[(int)at]);
        return picked;
    }
}
