namespace Candor.Inference.Sampling;

/// <summary>
/// Classifier-free guidance (Sanchez et al., arXiv 2306.17806): scale * (c - u) + u, with c and u the log-softmax of the logits
/// given the prompt and given another (empty, negative) prompt. A token that is impossible given the other prompt keeps c.
/// </summary>
internal static class Guidance
{
    /// <exception cref="NumericException">NaN or +Infinity in either row, or a row of nothing but -Infinity.</exception>
    public static void Load(Candidates candidates, ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, double scale)
    {
        double c = LogProbabilities.LogSumExp(conditional), u = LogProbabilities.LogSumExp(unconditional);
        candidates.Fill(conditional.Length);
        Span<double> logits = candidates.Logits;
        for (int i = 0; i < logits.Length; i++)
        {
            double given = conditional[i] - c, without = unconditional[i] - u;
            bool alone = double.IsNegativeInfinity(given) || double.IsNegativeInfinity(without);
            logits[i] = alone ? given : scale * (given - without) + without;
        }
    }
}
