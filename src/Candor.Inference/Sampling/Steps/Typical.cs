namespace Candor.Inference.Sampling;

/// <summary>
/// Locally typical sampling (Meister et al., arXiv 2202.00666): keeps the tokens whose surprise -ln p is nearest the entropy,
/// as few as make up the given mass. Of equally near ones the smaller ids.
/// </summary>
internal static class Typical
{
    public static void Apply(Candidates candidates, double mass)
    {
        if (mass >= 1 || candidates.Count < 2) return;
        double entropy = Distribution.Entropy(candidates, out double max, out double sum);
        double logSum = PortableMath.Log(sum);
        int n = candidates.Count;
        ReadOnlySpan<double> logits = candidates.Logits;
        Span<double> scores = candidates.SecondScratch[..n];
        for (int i = 0; i < n; i++) scores[i] = Strangeness(logits[i], max, logSum, entropy);

        double need = Math.Max(double.Epsilon, mass * sum);
        (double score, double rest) = Selection.LeastScore(scores, candidates.Scratch[..n], need);
        int kept = 0;
        for (int i = 0; i < n; i++)
        {
            double strangeness = Strangeness(logits[i], max, logSum, entropy);
            if (strangeness > score || (strangeness == score && rest <= 0)) continue;
            if (strangeness == score) rest -= PortableMath.Exp(logits[i] - max);
            candidates.Move(i, kept++);
        }

        candidates.Shrink(kept);
    }

    private static double Strangeness(double logit, double max, double logSum, double entropy) =>
        Math.Abs(logSum - (logit - max) - entropy);
}
