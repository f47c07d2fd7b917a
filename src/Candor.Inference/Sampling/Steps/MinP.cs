namespace Candor.Inference.Sampling;

/// <summary>Keeps the tokens at least m times as likely as the likeliest (Nguyen et al., arXiv 2407.01082).</summary>
internal static class MinP
{
    public static void Apply(Candidates candidates, double m)
    {
        if (m <= 0) return;
        candidates.KeepFrom(Distribution.LogitAt(Math.Min(m, 1), PortableMath.Max(candidates.Logits), 1));
    }
}
