namespace Candor.Tokenizers.Templates;

/// <summary>A text, list or tuple times a number.</summary>
internal static class Repetition
{
    public static TemplateValue? Of(RenderRun run, TemplateValue a, TemplateValue b)
    {
        (TemplateValue whole, TemplateValue times) = a is StringValue or SequenceValue ? (a, b) : (b, a);
        if (whole is not (StringValue or SequenceValue)) return null;
        if (!Integers.TryIndex(times, out long count)) throw Faults.Type($"can't multiply sequence by non-int of type '{times.TypeName}'");
        count = Math.Max(count, 0);
        switch (whole)
        {
            case StringValue text:
                return run.Text(Text(run, text.Value, count), text.IsMarkup);
            case ListValue list:
                return new ListValue(Items(run, list.Items, count));
            default:
                return new TupleValue(Items(run, ((TupleValue)whole).Items, count));
        }
    }

    /// <summary>A text several times.</summary>
    public static string Text(RenderRun run, string text, long count)
    {
        if (count <= 0 || text.Length == 0) return "";
        run.Allocate(Total(text.Length, count));
        return string.Create((int)(text.Length * count), text, static (span, piece) =>
        {
            for (int at = 0; at < span.Length; at += piece.Length) piece.CopyTo(span[at..]);
        });
    }

    private static List<TemplateValue> Items(RenderRun run, List<TemplateValue> items, long count)
    {
        if (items.Count == 0) return [];
        run.AllocateElements(Total(items.Count, count));
        var all = new List<TemplateValue>((int)(items.Count * count));
        for (long i = 0; i < count; i++) all.AddRange(items);
        return all;
    }

    private static long Total(int length, long count) => count > int.MaxValue / length ? long.MaxValue : length * count;
}
