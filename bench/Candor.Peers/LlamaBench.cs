using System.Diagnostics;
using Candor.Peers.Llama;

namespace Candor.Peers;

/// <summary>Tokens a second over several repetitions.</summary>
internal sealed record Rates(IReadOnlyList<double> Values)
{
    public double Median
    {
        get
        {
            double[] sorted = [.. Values.Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public double Least => Values.Min();

    public double Greatest => Values.Max();
}

/// <summary>
/// Measures llama.cpp as its own bench does: random tokens; a warm-up of one whole prompt and one token; every prompt and
/// every generation starts from an empty cache; only the last token of a prompt gets logits.
/// </summary>
internal static class LlamaBench
{
    /// <summary>Tokens a second of prompts of <paramref name="prompt"/> tokens; none where it is 0.</summary>
    public static Rates? Prefill(LlamaModel model, ContextOptions options, int prompt, int repetitions)
    {
        if (prompt == 0) return null;
        using var context = new LlamaContext(model, options with { Length = prompt });
        int[] ids = RandomIds(model, prompt);
        return Repeat(context, repetitions, prompt, ids, options.Batch, warmUp: prompt);
    }

    /// <summary>Tokens a second of <paramref name="generated"/> single tokens, from an empty context; none where it is 0.</summary>
    public static Rates? Decode(LlamaModel model, ContextOptions options, int generated, int repetitions)
    {
        if (generated == 0) return null;
        using var context = new LlamaContext(model, options with { Length = generated });
        return Repeat(context, repetitions, generated, RandomIds(model, generated), batch: 1, warmUp: 1);
    }

    private static Rates Repeat(LlamaContext context, int repetitions, int tokens, int[] ids, int batch, int warmUp)
    {
        Run(context, ids.AsSpan(0, warmUp), batch);
        var rates = new double[repetitions];
        for (int i = 0; i < repetitions; i++)
        {
            context.Clear();
            long start = Stopwatch.GetTimestamp();
            Run(context, ids, batch);
            rates[i] = tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return new(rates);
    }

    private static void Run(LlamaContext context, ReadOnlySpan<int> ids, int batch)
    {
        for (int i = 0; i < ids.Length; i += batch) context.Decode(ids.Slice(i, Math.Min(batch, ids.Length - i)));
    }

    private static int[] RandomIds(LlamaModel model, int count)
    {
        var random = new Random(1);
        var ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = random.Next(model.VocabularySize);
        if (model.AddsBos) ids[0] = model.Bos;
        return ids;
    }
}
