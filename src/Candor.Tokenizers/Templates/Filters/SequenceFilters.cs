namespace Candor.Tokenizers.Templates;

/// <summary>Filters of sequences that do not look at order.</summary>
internal static class SequenceFilters
{
    public static readonly Dictionary<string, Builtin> All = new()
    {
        ["length"] = FilterTable.Define("len", ["/", "obj"], (_, bound) => Length(bound[0]!)),
        ["count"] = FilterTable.Define("len", ["/", "obj"], (_, bound) => Length(bound[0]!)),
        ["list"] = FilterTable.Define("do_list", (run, v) => new ListValue(Iteration.ToList(run, v))),
        ["first"] = FilterTable.Define("do_first", (run, v) => Iteration.Of(run, v).Next() ?? UndefinedValue.Hint("No first item, sequence was empty.")),
        ["last"] = FilterTable.Define("do_last", Last),
        ["random"] = FilterTable.Define("do_random", Random),
        ["reverse"] = FilterTable.Define("do_reverse", Reverse),
        ["join"] = FilterTable.Define("do_join", ["value", "d=", "attribute="], Join),
        ["sum"] = FilterTable.Define("do_sum", ["iterable", "attribute=", "start="], Sum),
        ["slice"] = FilterTable.Define("do_slice", ["value", "slices", "fill_with="], (run, b) => IteratorValue.Generator(Slice(run, b))),
        ["batch"] = FilterTable.Define("do_batch", ["value", "linecount", "fill_with="], (run, b) => IteratorValue.Generator(Batch(run, b))),
        ["items"] = FilterTable.Define("do_items", (run, v) => IteratorValue.Generator(Items(v))),
    };

    private static IntegerValue Length(TemplateValue value) =>
        value.Length is { } length ? IntegerValue.Of(length) : throw Faults.Type($"object of type '{value.TypeName}' has no len()");

    /// <summary>Elements from the end, or null where Python cannot go backwards.</summary>
    private static IEnumerable<TemplateValue>? Backwards(TemplateValue value) => value switch
    {
        SequenceValue sequence => Enumerable.Reverse(sequence.Items),
        StringValue text => BackwardsText(text.Value),
        RangeValue range => Enumerable.Range(0, range.Count).Select(i => range.At(range.Count - 1 - i)),
        DictValue dict => Enumerable.Range(0, dict.Items.Count).Select(i => dict.Items.GetAt(dict.Items.Count - 1 - i).Key),
        DictViewValue view => view.Elements().Reverse(),
        UndefinedValue => [],
        _ => null,
    };

    private static IEnumerable<TemplateValue> BackwardsText(string text)
    {
        for (int end = text.Length; end > 0;)
        {
            int begin = PyText.Previous(text, end);
            yield return StringValue.Of(text[begin..end]);
            end = begin;
        }
    }

    private static TemplateValue Last(RenderRun run, TemplateValue value)
    {
        if (value is SequenceValue { Items.Count: > 0 } sequence) return sequence.Items[^1];
        if (value is DictViewValue) run.AllocateElements(value.Length!.Value);
        IEnumerable<TemplateValue> items = Backwards(value) ?? throw Faults.Type($"'{value.TypeName}' object is not reversible");
        return items.FirstOrDefault() ?? UndefinedValue.Hint("No last item, sequence was empty.");
    }

    private static TemplateValue Random(RenderRun run, TemplateValue value)
    {
        if (value.Length is not { } length) throw Faults.Type($"object of type '{value.TypeName}' has no len()");
        if (length == 0) return UndefinedValue.Hint("No random item, sequence was empty.");
        if (value is not (SequenceValue or StringValue or RangeValue)) throw Faults.Type($"'{value.TypeName}' object is not subscriptable");
        return value.Item(run, IntegerValue.Of(run.Random.NextInt64(length)))!;
    }

    private static TemplateValue Reverse(RenderRun run, TemplateValue value)
    {
        if (value is StringValue text) return Slicing.Slice(run, text, null, null, IntegerValue.Of(-1));
        if (Backwards(value) is { } items)
        {
            if (value is DictViewValue) run.AllocateElements(value.Length!.Value);
            string type = value is ListValue ? "list_reverseiterator" : "reversed";
            return new IteratorValue(type, new EnumeratorIterator(items.GetEnumerator()));
        }

        if (value.Iterate(run) is not { } forward) throw Faults.FilterArgument("argument must be iterable");
        List<TemplateValue> all = Iteration.Drain(run, forward);
        all.Reverse();
        return new ListValue(all);
    }

    private static StringValue Join(RenderRun run, TemplateValue?[] bound)
    {
        TemplateValue separator = bound[1] ?? StringValue.Empty;
        var getter = new AttributeGetter(run, bound[2]);
        List<TemplateValue> items = Iteration.ToList(run, bound[0]!);
        if (bound[2] is not (null or NoneValue)) items = items.ConvertAll(getter.Get);
        bool markup = run.Autoescape && (items.Exists(IsMarkup) || IsMarkup(separator));
        StringValue between = markup ? Html.Escape(run, separator) : run.Text(separator.ToText(run));
        return StringPartMethods.Join(run, between, new ListValue(items.ConvertAll(item => markup ? item : run.Text(item.ToText(run)))));
    }

    private static bool IsMarkup(TemplateValue value) => value is StringValue { IsMarkup: true };

    private static TemplateValue Sum(RenderRun run, TemplateValue?[] bound)
    {
        TemplateValue total = bound[2] ?? IntegerValue.Of(0);
        if (total is StringValue) throw Faults.Type("sum() can't sum strings [use ''.join(seq) instead]");
        var getter = new AttributeGetter(run, bound[1]);
        foreach (TemplateValue item in Iteration.Each(run, bound[0]!)) total = Arithmetic.Add(run, total, getter.Get(item));
        return total;
    }

    private static IEnumerable<TemplateValue> Slice(RenderRun run, TemplateValue?[] bound)
    {
        List<TemplateValue> all = Iteration.ToList(run, bound[0]!);
        long slices = Integers.Index(bound[1]!);
        if (slices == 0) throw Faults.ZeroDivision("integer division or modulo by zero");
        long size = (long)Math.Floor((double)all.Count / slices);
        long extra = all.Count - (size * slices);
        int at = 0;
        for (long i = 0; i < slices; i++)
        {
            run.AllocateElements(16);
            int count = (int)(size + (i < extra ? 1 : 0));
            List<TemplateValue> part = all.GetRange(at, count);
            at += count;
            if (bound[2] is not (null or NoneValue) && i >= extra) part.Add(bound[2]!);
            yield return run.List(part);
        }
    }

    private static IEnumerable<TemplateValue> Batch(RenderRun run, TemplateValue?[] bound)
    {
        TemplateValue count = bound[1]!;
        bool whole = Integers.TryIndex(count, out long size);
        var row = new List<TemplateValue>();
        foreach (TemplateValue item in Iteration.Each(run, bound[0]!))
        {
            if (whole ? row.Count == size : Equality.AreEqual(run, IntegerValue.Of(row.Count), count))
            {
                yield return run.List(row);
                row = [];
            }

            row.Add(item);
        }

        if (row.Count == 0) yield break;
        if (bound[2] is not (null or NoneValue) && Ordering.Less(run, IntegerValue.Of(row.Count), count))
        {
            long missing = Integers.Index(count) - row.Count;
            run.AllocateElements(missing);
            for (; missing > 0; missing--) row.Add(bound[2]!);
        }

        yield return run.List(row);
    }

    private static IEnumerable<TemplateValue> Items(TemplateValue value)
    {
        if (value is UndefinedValue) yield break;
        if (value is not DictValue dict) throw Faults.Type("Can only get item pairs from a mapping.");
        foreach ((TemplateValue key, TemplateValue member) in dict.Items) yield return new TupleValue([key, member]);
    }
}
