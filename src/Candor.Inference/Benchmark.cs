using System.Diagnostics;
using Candor.Models;

namespace Candor.Inference;

/// <summary>Speeds of one model.</summary>
/// <param name="PromptTokens">Tokens read at once in each prefill.</param>
/// <param name="GeneratedTokens">Tokens generated one by one in each decode.</param>
/// <param name="Prefill">Tokens a second of each repetition.</param>
/// <param name="Decode">Tokens a second of each repetition.</param>
public sealed record BenchmarkResult(int PromptTokens, int GeneratedTokens, IReadOnlyList<double> Prefill, IReadOnlyList<double> Decode)
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

/// <summary>Measures prefill and decode as llama.cpp's bench does: random tokens, a warm-up, each repetition from an empty context.</summary>
public static class Benchmark
{
    /// <summary>Runs it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="promptTokens">Tokens of a prefill; 0 for none.</param>
    /// <param name="generatedTokens">Tokens of a decode; 0 for none.</param>
    /// <param name="repetitions">Repetitions, 1 or more.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    public static BenchmarkResult Run(
        LanguageModel model, int promptTokens, int generatedTokens, int repetitions, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(promptTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(generatedTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        var random = new Random(1);
        int vocabulary = model.Spec.VocabularySize;
        int[] prompt = [.. Enumerable.Range(0, promptTokens).Select(_ => random.Next(vocabulary))];
        int[] tokens = [.. Enumerable.Range(0, generatedTokens).Select(_ => random.Next(vocabulary))];
        List<double> prefill = [], decode = [];
        Once(model, prompt, null, cancellationToken);
        Once(model, tokens.AsSpan(0, Math.Min(tokens.Length, 16)), 1, cancellationToken);
        for (int r = 0; r < repetitions; r++)
        {
            if (promptTokens > 0) prefill.Add(Once(model, prompt, null, cancellationToken));
            if (generatedTokens > 0) decode.Add(Once(model, tokens, 1, cancellationToken));
            progress?.Report((r + 1.0) / repetitions);
        }

        return new BenchmarkResult(promptTokens, generatedTokens, prefill, decode);
    }

    private static double Once(LanguageModel model, ReadOnlySpan<int> ids, int? piece, CancellationToken cancellationToken)
    {
        if (ids.IsEmpty) return double.NaN;
        using SequenceState state = model.Plan.CreateState();
        var batch = new Batch();
        var logits = new float[model.Spec.Head is null ? 0 : model.Spec.VocabularySize];
        int step = piece ?? Plan.PreferredRows;
        long start = Stopwatch.GetTimestamp();
        for (int begin = 0; begin < ids.Length; begin += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Clear();
            batch.Add(state, ids.Slice(begin, Math.Min(step, ids.Length - begin)));
            model.Plan.Run(batch, logits);
        }

        return ids.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
