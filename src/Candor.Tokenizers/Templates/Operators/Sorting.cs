namespace Candor.Tokenizers.Templates;

/// <summary>Python's stable sort, which only asks whether one value is less than another.</summary>
internal static class Sorting
{
    /// <summary>Sorts elements by keys; with <paramref name="reverse"/> equal ones keep their order too.</summary>
    public static List<TemplateValue> Sort(RenderRun run, List<TemplateValue> items, Func<TemplateValue, TemplateValue> key, bool reverse)
    {
        run.AllocateElements(3L * items.Count);
        (TemplateValue Key, TemplateValue Item)[] pairs = [.. items.Select(item => (key(item), item))];
        if (reverse) Array.Reverse(pairs);
        Merge(run, pairs, new (TemplateValue, TemplateValue)[pairs.Length], 0, pairs.Length);
        if (reverse) Array.Reverse(pairs);
        return [.. pairs.Select(pair => pair.Item)];
    }

    private static void Merge(
        RenderRun run,
        (TemplateValue Key, TemplateValue Item)[] pairs,
        (TemplateValue Key, TemplateValue Item)[] spare,
        int from,
        int to)
    {
        if (to - from < 2) return;
        int middle = (from + to) / 2;
        Merge(run, pairs, spare, from, middle);
        Merge(run, pairs, spare, middle, to);
        int left = from;
        int right = middle;
        for (int i = from; i < to; i++)
        {
            bool takeRight = left >= middle || (right < to && Ordering.Less(run, pairs[right].Key, pairs[left].Key));
            spare[i] = takeRight ? pairs[right++] : pairs[left++];
        }

        Array.Copy(spare, from, pairs, from, to - from);
    }
}
