namespace Candor.Tokenizers.Templates;

/// <summary>Going through values, and calling them.</summary>
internal static class Iteration
{
    /// <summary>Python's <c>iter(x)</c>.</summary>
    public static ValueIterator Of(RenderRun run, TemplateValue value) => value.Iterate(run) ?? throw Faults.NotIterable(value);

    /// <summary>All that is left, as a counted list.</summary>
    public static List<TemplateValue> Drain(RenderRun run, ValueIterator items)
    {
        var all = new List<TemplateValue>();
        while (items.Next() is { } item)
        {
            run.Step();
            run.AllocateElements(1);
            all.Add(item);
        }

        return all;
    }

    /// <summary>Python's <c>list(x)</c>.</summary>
    public static List<TemplateValue> ToList(RenderRun run, TemplateValue value)
    {
        if (value is not SequenceValue sequence) return Drain(run, Of(run, value));
        run.AllocateElements(sequence.Items.Count);
        return [.. sequence.Items];
    }

    /// <summary>The elements one by one, each counted as a step, and its making as a call: such sequences are made of each other.</summary>
    public static IEnumerable<TemplateValue> Each(RenderRun run, TemplateValue value)
    {
        ValueIterator items = Of(run, value);
        while (true)
        {
            run.EnterCall();
            TemplateValue? item = items.Next();
            run.LeaveCall();
            if (item is null) yield break;
            yield return item;
        }
    }

    /// <summary>Python's <c>f(...)</c> in the sandbox.</summary>
    public static TemplateValue Call(RenderRun run, TemplateValue function, CallArguments arguments) => function switch
    {
        CallableValue callable => callable.Call(run, arguments),
        UndefinedValue undefined => throw undefined.Fault(run),
        _ => throw Faults.Type($"'{function.TypeName}' object is not callable"),
    };
}
