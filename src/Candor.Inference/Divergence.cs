using Candor.Models;

namespace Candor.Inference;

/// <summary>How far a model's predictions lie from another's on a text.</summary>
/// <param name="Tokens">Predictions that were compared.</param>
/// <param name="ReferencePerplexity">Perplexity of the first model.</param>
/// <param name="Perplexity">Perplexity of the second.</param>
/// <param name="MeanDivergence">Mean Kullback-Leibler divergence of the second from the first, in nats a token.</param>
/// <param name="MeanError">Standard error of that mean.</param>
/// <param name="MedianDivergence">The median.</param>
/// <param name="HighDivergence">The 99th percentile.</param>
/// <param name="LargestDivergence">The largest.</param>
/// <param name="SameTop">Share of tokens for which both find the same token most likely, 0 to 1.</param>
public sealed record DivergenceReport(
    int Tokens, double ReferencePerplexity, double Perplexity, double MeanDivergence, double MeanError, double MedianDivergence, double HighDivergence, double LargestDivergence, double SameTop);

/// <summary>Compares two models token by token (S. Kullback, R. Leibler, "On Information and Sufficiency", 1951).</summary>
public static class Divergence
{
    private const int PieceTokens = 64;

    /// <summary>Compares the predictions on a text, which is cut into windows; those of each window's second half count.</summary>
    /// <param name="reference">The model to compare with.</param>
    /// <param name="model">A model with the same vocabulary, such as a quantized copy.</param>
    /// <param name="ids">The text's tokens.</param>
    /// <param name="window">Tokens of a window, 4 or more.</param>
    /// <param name="bos">Stands in for each window's first token; null for none.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="ModelInputException">There is not one whole window, or the vocabularies differ in size.</exception>
    public static DivergenceReport Compare(
        LanguageModel reference, LanguageModel model, ReadOnlySpan<int> ids, int window, int? bos, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 4);
        int vocabulary = reference.Spec.VocabularySize, windows = ids.Length / window;
        if (model.Spec.VocabularySize != vocabulary) throw new ModelInputException($"the vocabularies have {vocabulary} and {model.Spec.VocabularySize} tokens: only models with the same can be compared");
        if (windows == 0) throw new ModelInputException($"{ids.Length} tokens: at least one window of {window} is needed");
        var sums = new Totals();
        var piece = new int[window];
        for (int i = 0; i < windows; i++)
        {
            ids.Slice(i * window, window).CopyTo(piece);
            if (bos is { } id) piece[0] = id;
            using Session first = reference.CreateSession(), second = model.CreateSession();
            first.Prepare(window);
            second.Prepare(window);
            int given = window / 2;
            first.Advance(piece.AsSpan(0, given), BatchOutput.None, null, cancellationToken);
            second.Advance(piece.AsSpan(0, given), BatchOutput.None, null, cancellationToken);
            for (int begin = given; begin < window - 1; begin += PieceTokens)
            {
                int count = Math.Min(PieceTokens, window - 1 - begin);
                float[] p = first.Advance(piece.AsSpan(begin, count), BatchOutput.All, null, cancellationToken), q = second.Advance(piece.AsSpan(begin, count), BatchOutput.All, null, cancellationToken);
                for (int t = 0; t < count; t++) sums.Add(p.AsSpan(t * vocabulary, vocabulary), q.AsSpan(t * vocabulary, vocabulary), piece[begin + t + 1]);
            }

            progress?.Report((i + 1.0) / windows);
        }

        return sums.Report();
    }

    private sealed class Totals
    {
        private readonly List<double> divergences = [];
        private double referenceLog, log;
        private int same;

        public void Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> logits, int next)
        {
            double referenceSum = Scoring.LogSumExp(reference), sum = Scoring.LogSumExp(logits), divergence = 0;
            for (int i = 0; i < reference.Length; i++)
            {
                double p = reference[i] - referenceSum;
                if (p > -80) divergence += Math.Exp(p) * (p - (logits[i] - sum));
            }

            divergences.Add(Math.Max(0, divergence));
            referenceLog += reference[next] - referenceSum;
            log += logits[next] - sum;
            if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax(reference) == System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits)) same++;
        }

        public DivergenceReport Report()
        {
            divergences.Sort();
            int n = divergences.Count;
            double mean = divergences.Average(), variance = divergences.Sum(d => (d - mean) * (d - mean)) / Math.Max(1, n - 1);
            return new DivergenceReport(
                n, Math.Exp(-referenceLog / n), Math.Exp(-log / n), mean, Math.Sqrt(variance / n), divergences[n / 2], divergences[Math.Min(n - 1, (int)(n * 0.99))], divergences[^1], (double)same / n);
        }
    }
}
