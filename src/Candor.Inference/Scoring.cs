using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Inference;

/// <summary>A text's score.</summary>
/// <param name="LogProbabilities">Natural log-probability of each scored token.</param>
/// <param name="Perplexity">exp of the mean negative log-probability.</param>
public sealed record TextScore(IReadOnlyList<double> LogProbabilities, double Perplexity)
{
    internal static TextScore Of(List<double> log) => new(log, log.Count == 0 ? double.NaN : Math.Exp(-log.Sum() / log.Count));
}

/// <summary>Probabilities of given texts.</summary>
public static class Scoring
{
    private const int PieceTokens = 128;

    /// <summary>ln Σ exp(x), in double precision, without overflow.</summary>
    public static double LogSumExp(ReadOnlySpan<float> x)
    {
        double max = TensorPrimitives.Max(x), sum = 0;
        if (double.IsNegativeInfinity(max)) return max;
        foreach (float v in x) sum += Math.Exp(v - max);
        return max + Math.Log(sum);
    }

    /// <summary>Log-probability of each token but the first, all before it given.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">Token ids, two or more.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="ModelInputException">There are fewer than two tokens, or the model cannot take them.</exception>
    public static TextScore Score(LanguageModel model, ReadOnlySpan<int> ids, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (ids.Length < 2) throw new ModelInputException($"{ids.Length} tokens: a score needs at least two, the first is only given");
        var log = new List<double>(ids.Length - 1);
        Window(model, ids, 1, log, progress, cancellationToken);
        return TextScore.Of(log);
    }

    /// <summary>
    /// Perplexity of a long text by windows: each window of <paramref name="window"/> tokens begins
    /// <paramref name="stride"/> after the one before, and scores the tokens that none before it scored.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">Token ids, two or more.</param>
    /// <param name="window">Tokens a window, 2 or more.</param>
    /// <param name="stride">Tokens between windows, 1 to <paramref name="window"/>.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public static TextScore Sliding(LanguageModel model, ReadOnlySpan<int> ids, int window, int stride, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stride, window);
        if (ids.Length < 2) throw new ModelInputException($"{ids.Length} tokens: a score needs at least two, the first is only given");
        var log = new List<double>(ids.Length - 1);
        int scored = 1;
        for (int begin = 0; scored < ids.Length; begin += stride)
        {
            int end = Math.Min(begin + window, ids.Length);
            Window(model, ids[begin..end], Math.Max(1, scored - begin), log, null, cancellationToken);
            scored = end;
            progress?.Report((double)scored / ids.Length);
        }

        return TextScore.Of(log);
    }

    /// <summary>
    /// Perplexity as llama.cpp's perplexity tool defines it: the text is cut into chunks of <paramref name="chunk"/> tokens, the rest
    /// is left out; where the model has a BOS token it stands in for each chunk's first; the second half of a chunk is scored.
    /// </summary>
    /// <inheritdoc cref="Sliding"/>
    /// <param name="chunk">Tokens a chunk, 4 or more.</param>
    /// <param name="bos">The BOS token, or null for none.</param>
    public static TextScore Chunked(LanguageModel model, ReadOnlySpan<int> ids, int chunk, int? bos, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunk, 4);
        int chunks = ids.Length / chunk;
        if (chunks == 0) throw new ModelInputException($"{ids.Length} tokens: at least one chunk of {chunk} is needed");
        var log = new List<double>();
        var piece = new int[chunk];
        for (int i = 0; i < chunks; i++)
        {
            ids.Slice(i * chunk, chunk).CopyTo(piece);
            if (bos is { } id) piece[0] = id;
            Window(model, piece, chunk / 2 + 1, log, null, cancellationToken);
            progress?.Report((i + 1.0) / chunks);
        }

        return TextScore.Of(log);
    }

    /// <summary>Scores the tokens from one on, with all before them in the window given.</summary>
    private static void Window(LanguageModel model, ReadOnlySpan<int> ids, int first, List<double> log, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using Session session = model.CreateSession();
        int vocabulary = model.Spec.VocabularySize;
        // Length-dependent rope must see the whole window at once.
        session.Prepare(ids.Length);
        for (int begin = 0; begin < ids.Length - 1;)
        {
            bool given = begin + 1 < first;
            int count = given ? Math.Min(first - 1 - begin, Plan.PreferredRows) : Math.Min(PieceTokens, ids.Length - 1 - begin);
            float[] logits = session.Advance(ids.Slice(begin, count), given ? BatchOutput.None : BatchOutput.All, null, cancellationToken);
            for (int t = 0; !given && t < count; t++)
            {
                ReadOnlySpan<float> row = logits.AsSpan(t * vocabulary, vocabulary);
                log.Add(row[ids[begin + t + 1]] - LogSumExp(row));
            }

            begin += count;
            progress?.Report((double)begin / ids.Length);
        }
    }
}
