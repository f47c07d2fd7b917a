using System.Numerics;
using System.Runtime.Intrinsics;

namespace Candor.Inference.Sampling;

/// <summary>
/// Log-probabilities as the model gave them: the log-softmax of the raw logits, before temperature, penalties and cuts.
/// Computed in double; nothing is allocated.
/// </summary>
public static class LogProbabilities
{
    /// <summary>ln Σ e^x; a token's log-probability is its logit less this.</summary>
    /// <param name="logits">One row, [vocabulary].</param>
    /// <exception cref="NumericException">NaN or +Infinity among them, or nothing but -Infinity.</exception>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float max = RawLogits.Max(logits);
        if (float.IsNegativeInfinity(max)) throw NumericException.NothingLeft();
        return max + PortableMath.Log(PortableMath.SumExp(logits, max));
    }

    /// <summary>The log-probability of one token.</summary>
    /// <param name="logits">One row, [vocabulary].</param>
    /// <param name="token">0 to vocabulary - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The token is not of the vocabulary.</exception>
    /// <exception cref="NumericException">NaN or +Infinity among the logits, or nothing but -Infinity.</exception>
    public static double Of(ReadOnlySpan<float> logits, int token)
    {
        if ((uint)token >= (uint)logits.Length)
            throw new ArgumentOutOfRangeException(nameof(token), $"token {token} is outside the vocabulary of {logits.Length}");
        return logits[token] - LogSumExp(logits);
    }

    /// <summary>The log-probability of a token, and the likeliest tokens, the likeliest first; of equal ones the smaller id first.</summary>
    /// <param name="logits">One row, [vocabulary].</param>
    /// <param name="token">The token chosen.</param>
    /// <param name="top">Receives the likeliest ones, as many as fit.</param>
    /// <param name="written">How many were written: the length of <paramref name="top"/>, or fewer in a smaller vocabulary.</param>
    /// <returns>The log-probability of <paramref name="token"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The token is not of the vocabulary.</exception>
    /// <exception cref="NumericException">NaN or +Infinity among the logits, or nothing but -Infinity.</exception>
    public static double Of(ReadOnlySpan<float> logits, int token, Span<TokenLogProbability> top, out int written)
    {
        if ((uint)token >= (uint)logits.Length)
            throw new ArgumentOutOfRangeException(nameof(token), $"token {token} is outside the vocabulary of {logits.Length}");
        double logSum = LogSumExp(logits);
        written = 0;
        if (top.Length > 0)
        {
            int i = 0;
            for (; i <= logits.Length - 8; i += 8)
            {
                Vector256<float> x = Vector256.Create(logits[i..]);
                uint mask = written < top.Length
                    ? 0xFF
                    : Vector256.GreaterThan(x, Vector256.Create((float)top[^1].LogProbability)).ExtractMostSignificantBits();
                for (; mask != 0; mask &= mask - 1)
                {
                    int id = i + BitOperations.TrailingZeroCount(mask);
                    Insert(top, ref written, id, logits[id]);
                }
            }

            for (; i < logits.Length; i++) Insert(top, ref written, i, logits[i]);
            foreach (ref TokenLogProbability entry in top[..written]) entry = entry with { LogProbability = entry.LogProbability - logSum };
        }

        return logits[token] - logSum;
    }

    // While the list is made it holds logits, which are floats and so compare exactly.
    private static void Insert(Span<TokenLogProbability> top, ref int written, int id, float logit)
    {
        if (written == top.Length && !(logit > top[^1].LogProbability)) return;
        int at = written < top.Length ? written++ : written - 1;
        for (; at > 0 && top[at - 1].LogProbability < logit; at--) top[at] = top[at - 1];
        top[at] = new TokenLogProbability(id, logit);
    }
}
