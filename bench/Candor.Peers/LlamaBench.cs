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
/// every generation starts from the same context, an empty one unless a depth is given; only the last token of a prompt gets logits.
/// </summary>
internal static class LlamaBench
{
    /// <summary>Tokens a second of prompts of <paramref name="prompt"/> tokens after <paramref name="depth"/> others; none where it is 0.</summary>
    public static Rates? Prefill(LlamaModel model, ContextOptions options, int prompt, int depth, int repetitions)
    {
        if (prompt == 0) return null;
        using var context = new LlamaContext(model, options with { Length = depth + prompt });
        int[] ids = RandomIds(model, prompt);
        Run(context, RandomIds(model, depth), options.Batch);
        return Repeat(context, repetitions, prompt, 1, depth, ids, warmUp: prompt, Pieces);

        void Pieces(ReadOnlySpan<int> part) => Run(context, part, options.Batch);
    }

    /// <summary>Tokens a second of <paramref name="generated"/> single tokens of each session after <paramref name="depth"/> others; none where it is 0.</summary>
    public static Rates? Decode(LlamaModel model, ContextOptions options, int generated, int depth, int sessions, int repetitions)
    {
        if (generated == 0) return null;
        if (sessions > 1 && depth > 0) throw new LlamaException("a depth can be measured with one session only");
        using var context = new LlamaContext(model, options with { Length = (depth + generated) * sessions, Sequences = sessions });
        Run(context, RandomIds(model, depth), options.Batch);
        return Repeat(context, repetitions, generated, sessions, depth, RandomIds(model, generated), warmUp: 1, sessions == 1 ? Singly : Together);

        void Singly(ReadOnlySpan<int> part) => Run(context, part, 1);

        void Together(ReadOnlySpan<int> part)
        {
            Span<int> all = stackalloc int[sessions];
            for (int i = 0; i < part.Length; i++)
            {
                all.Fill(part[i]);
                context.Decode(all, i);
            }
        }
    }

    private static Rates Repeat(LlamaContext context, int repetitions, int tokens, int sessions, int depth, int[] ids, int warmUp, Action<ReadOnlySpan<int>> run)
    {
        run(ids.AsSpan(0, warmUp));
        var rates = new double[repetitions];
        for (int i = 0; i < repetitions; i++)
        {
            for (int s = 0; s < sessions; s++) context.Cut(s, depth);
            long start = Stopwatch.GetTimestamp();
            run(ids);
            rates[i] = (double)tokens * sessions / Stopwatch.GetElapsedTime(start).TotalSeconds;
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
        if (count > 0 && model.AddsBos) ids[0] = model.Bos;
        return ids;
    }
}
