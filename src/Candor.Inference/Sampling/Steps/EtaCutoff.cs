namespace Candor.Inference.Sampling;

/// <summary>
/// Removes the tokens less likely than min(epsilon, sqrt(epsilon) e^-H), H being the entropy; the likeliest stays
/// (Hewitt et al., arXiv 2210.15191).
/// </summary>
internal static class EtaCutoff
{
    public static void Apply(Candidates candidates, double epsilon)
    {
        if (epsilon <= 0) return;
        double entropy = Distribution.Entropy(candidates, out double max, out double sum);
        double eta = Math.Min(epsilon, Math.Sqrt(epsilon) * PortableMath.Exp(-Math.Max(0, entropy)));
        candidates.KeepFrom(Math.Min(max, Distribution.LogitAt(eta, max, sum)));
    }
}
