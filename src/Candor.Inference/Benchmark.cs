using System.Diagnostics;
using Candor.Models;

namespace Candor.Inference;

/// <summary>What is measured.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>Tokens read at once in each prefill; 0 for none. Default 512.</summary>
    public int PromptTokens { get; init; } = 512;

    /// <summary>Tokens that each session generates one by one in each decode; 0 for none. Default 128.</summary>
    public int GeneratedTokens { get; init; } = 128;

    /// <summary>Tokens that the context holds before either begins. Default 0.</summary>
    public int Depth { get; init; }

    /// <summary>Sessions that decode together over one pass of the weights, 1 or more. Default 1.</summary>
    public int Sessions { get; init; } = 1;

    /// <summary>Repetitions, 1 or more. Default 5.</summary>
    public int Repetitions { get; init; } = 5;
}

/// <summary>Speeds of one model.</summary>
/// <param name="Options">What was measured.</param>
/// <param name="Prefill">Tokens a second of each repetition.</param>
/// <param name="Decode">Tokens a second of each repetition, of all sessions together.</param>
public sealed record BenchmarkResult(BenchmarkOptions Options, IReadOnlyList<double> Prefill, IReadOnlyList<double> Decode)
{
    /// <summary>The middle value; NaN of none.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) return double.NaN;
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}

/// <summary>Measures prefill and decode as llama.cpp's bench does: random tokens, a warm-up, each repetition from the same context.</summary>
public static class Benchmark
{
    /// <summary>Runs it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    public static BenchmarkResult Run(LanguageModel model, BenchmarkOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.PromptTokens, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.GeneratedTokens, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.Depth, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Sessions, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repetitions, 1, nameof(options));
        var random = new Random(1);
        int[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(model.Spec.VocabularySize))];
        int[] prompt = Draw(options.PromptTokens), tokens = Draw(options.GeneratedTokens), before = Draw(options.Depth);
        using SequenceState context = model.Plan.CreateState();
        Once(model, before, [context], Plan.PreferredRows, cancellationToken);
        List<double> prefill = [], decode = [];
        Measure(prompt, 1, Plan.PreferredRows);
        Measure(tokens.AsSpan(0, Math.Min(tokens.Length, 16)), options.Sessions, 1);
        for (int r = 0; r < options.Repetitions; r++)
        {
            if (options.PromptTokens > 0) prefill.Add(Measure(prompt, 1, Plan.PreferredRows));
            if (options.GeneratedTokens > 0) decode.Add(Measure(tokens, options.Sessions, 1));
            progress?.Report((r + 1.0) / options.Repetitions);
        }

        return new BenchmarkResult(options, prefill, decode);

        double Measure(ReadOnlySpan<int> ids, int sessions, int piece)
        {
            SequenceState[] states = [.. Enumerable.Range(0, sessions).Select(_ => context.Fork())];
            double speed = Once(model, ids, states, piece, cancellationToken);
            foreach (SequenceState state in states) state.Dispose();
            return speed;
        }
    }

    private static double Once(LanguageModel model, ReadOnlySpan<int> ids, SequenceState[] states, int piece, CancellationToken cancellationToken)
    {
        if (ids.IsEmpty) return double.NaN;
        var batch = new Batch();
        var logits = new float[model.Spec.Head is null ? 0 : states.Length * model.Spec.VocabularySize];
        long start = Stopwatch.GetTimestamp();
        for (int begin = 0; begin < ids.Length; begin += piece)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Clear();
            foreach (SequenceState state in states) batch.Add(state, ids.Slice(begin, Math.Min(piece, ids.Length - begin)), adapter: model.Adapter);
            model.Plan.Run(batch, logits);
        }

        return (double)ids.Length * states.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
