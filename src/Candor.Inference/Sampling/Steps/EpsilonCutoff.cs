namespace Candor.Inference.Sampling;

/// <summary>Removes the tokens less likely than epsilon; the likeliest stays (Hewitt et al., arXiv 2210.15191).</summary>
internal static class EpsilonCutoff
{
    public static void Apply(Candidates candidates, double epsilon)
    {
        if (epsilon <= 0) return;
        (double max, double sum) = Distribution.Normalizer(candidates);
        candidates.KeepFrom(Math.Min(max, Distribution.LogitAt(epsilon, max, sum)));
    }
}
