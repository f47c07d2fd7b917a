namespace Candor.Inference.Sampling;

/// <summary>
/// Keeps the logits within n standard deviations (divisor: the count) of the largest (Tang et al., arXiv 2411.07641).
/// </summary>
internal static class TopNSigma
{
    public static void Apply(Candidates candidates, double n)
    {
        if (n <= 0 || candidates.Count < 2) return;
        ReadOnlySpan<double> logits = candidates.Logits;
        double max = PortableMath.Max(logits), mean = 0, variance = 0;
        foreach (double x in logits) mean += x - max;
        mean /= logits.Length;
        foreach (double x in logits) variance += (x - max - mean) * (x - max - mean);
        candidates.KeepFrom(max - n * Math.Sqrt(variance / logits.Length));
    }
}
