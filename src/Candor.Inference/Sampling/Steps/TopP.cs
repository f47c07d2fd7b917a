namespace Candor.Inference.Sampling;

/// <summary>
/// Nucleus sampling (Holtzman et al., arXiv 1904.09751): keeps the fewest tokens, the likeliest first, whose probabilities sum
/// to at least p; at least one. Of equal ones at the border the smaller ids.
/// </summary>
internal static class TopP
{
    public static void Apply(Candidates candidates, double p)
    {
        if (p >= 1 || candidates.Count < 2) return;
        ReadOnlySpan<double> logits = candidates.Logits;
        (double max, double sum) = Distribution.Normalizer(candidates);

        // All tokens below this bar together weigh less than 1 - p, so the border lies at or above it.
        double bar = Distribution.LogitAt((1 - p) / logits.Length, max, sum) - 1e-6;
        Span<double> scores = candidates.Scratch, weights = candidates.SecondScratch;
        int n = 0;
        foreach (double x in logits)
            if (x >= bar) scores[n++] = x;
        PortableMath.Exp(scores[..n], max, weights);
        for (int i = 0; i < n; i++) scores[i] = -scores[i];

        (double score, double rest) = Selection.LeastScore(scores[..n], weights[..n], Math.Max(double.Epsilon, p * sum));
        double cut = -score, weight = PortableMath.Exp(cut - max);
        int equals = 0;
        for (; rest > 0 && equals < n; equals++) rest -= weight;
        candidates.KeepFrom(cut, equals);
    }
}
