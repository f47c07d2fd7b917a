namespace Candor.Tokenizers.Templates;

/// <summary>Filters that sort and compare; letters' case does not count unless asked for.</summary>
internal static class OrderFilters
{
    public static readonly Dictionary<string, Builtin> All = new()
    {
        ["sort"] = FilterTable.Define("do_sort", ["value", "reverse=", "case_sensitive=", "attribute="], Sort),
        ["dictsort"] = FilterTable.Define("do_dictsort", ["value", "case_sensitive=", "by=", "reverse="], DictSort),
        ["min"] = FilterTable.Define("do_min", ["value", "case_sensitive=", "attribute="], (run, b) => Extreme(run, b, "<")),
        ["max"] = FilterTable.Define("do_max", ["value", "case_sensitive=", "attribute="], (run, b) => Extreme(run, b, ">")),
        ["unique"] = FilterTable.Define("do_unique", ["value", "case_sensitive=", "attribute="], (run, b) => IteratorValue.Generator(Unique(run, b))),
        ["groupby"] = FilterTable.Define("do_groupby", ["value", "attribute", "default=", "case_sensitive="], GroupBy),
    };

    private static ListValue Sort(RenderRun run, TemplateValue?[] bound)
    {
        Func<TemplateValue, TemplateValue> key = AttributeGetter.Several(run, bound[3], !IsTrue(bound[2]));
        return new ListValue(Sorting.Sort(run, Iteration.ToList(run, bound[0]!), key, IsTrue(bound[1])));
    }

    private static ListValue DictSort(RenderRun run, TemplateValue?[] bound)
    {
        string by = bound[2] is null ? "key" : (bound[2] as StringValue)?.Value ?? "";
        if (by is not ("key" or "value")) throw Faults.FilterArgument("You can only sort by either \"key\" or \"value\"");
        if (bound[0] is not DictValue dict)
        {
            if (bound[0] is UndefinedValue undefined) throw undefined.Fault(run);
            throw Faults.Attribute($"'{bound[0]!.TypeName}' object has no attribute 'items'");
        }

        var getter = new AttributeGetter(run, IntegerValue.Of(by == "key" ? 0 : 1), !IsTrue(bound[1]));
        List<TemplateValue> pairs = Iteration.ToList(run, new DictViewValue(dict, DictPart.Items));
        return new ListValue(Sorting.Sort(run, pairs, getter.Get, IsTrue(bound[3])));
    }

    private static TemplateValue Extreme(RenderRun run, TemplateValue?[] bound, string op)
    {
        var getter = new AttributeGetter(run, bound[2], !IsTrue(bound[1]));
        TemplateValue? best = null;
        TemplateValue? bestKey = null;
        foreach (TemplateValue item in Iteration.Each(run, bound[0]!))
        {
            TemplateValue key = getter.Get(item);
            if (bestKey is not null && !Ordering.Compare(run, op, key, bestKey)) continue;
            (best, bestKey) = (item, key);
        }

        return best ?? UndefinedValue.Hint("No aggregated item, sequence was empty.");
    }

    private static IEnumerable<TemplateValue> Unique(RenderRun run, TemplateValue?[] bound)
    {
        var getter = new AttributeGetter(run, bound[2], !IsTrue(bound[1]));
        var seen = new HashSet<TemplateValue>(run.Keys);
        foreach (TemplateValue item in Iteration.Each(run, bound[0]!))
        {
            TemplateValue key = getter.Get(item);
            KeyComparer.RequireHashable(key);
            run.AllocateElements(1);
            if (seen.Add(key)) yield return item;
        }
    }

    private static ListValue GroupBy(RenderRun run, TemplateValue?[] bound)
    {
        bool sensitive = IsTrue(bound[3]);
        var getter = new AttributeGetter(run, bound[1], !sensitive, bound[2]);
        var exact = new AttributeGetter(run, bound[1], false, bound[2]);
        var groups = new List<TemplateValue>();
        var members = new List<TemplateValue>();
        TemplateValue? groupKey = null;
        void Close()
        {
            if (members.Count > 0) groups.Add(new GroupValue(sensitive ? groupKey! : exact.Get(members[0]), run.List(members)));
            members = [];
        }

        foreach (TemplateValue item in Sorting.Sort(run, Iteration.ToList(run, bound[0]!), getter.Get, false))
        {
            TemplateValue key = getter.Get(item);
            if (groupKey is null || !Equality.Same(run, groupKey, key))
            {
                Close();
                groupKey = key;
            }

            members.Add(item);
        }

        Close();
        return run.List(groups);
    }

    private static bool IsTrue(TemplateValue? value) => value?.IsTrue ?? false;
}
