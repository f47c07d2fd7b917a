namespace Candor.Inference.Sampling;

/// <summary>
/// Makes every token of the window less likely, once however often it occurs: a positive logit is divided by the penalty, a
/// negative one multiplied (CTRL, Keskar et al., arXiv 1909.05858).
/// </summary>
internal static class RepetitionPenalty
{
    public static void Apply(Candidates candidates, ReadOnlySpan<int> window, double penalty, TokenTable seen)
    {
        seen.Reset(window.Length);
        foreach (int token in window)
        {
            int at = candidates.IndexOf(token);
            if (at < 0 || seen[token]++ > 0) continue;
            ref double logit = ref candidates.Logits[at];
            logit = logit < 0 ? logit * penalty : logit / penalty;
        }
    }
}
