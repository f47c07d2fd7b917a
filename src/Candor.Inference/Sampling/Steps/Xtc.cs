namespace Candor.Inference.Sampling;

/// <summary>
/// "Exclude top choices" (P. E. Weidmann, text-generation-webui, 2024): of the tokens with a probability of at least the
/// threshold, if there are two or more, all but the least likely go. Of equally unlikely ones the largest id stays. Whether
/// the step happens at all is drawn by the caller.
/// </summary>
internal static class Xtc
{
    public static void Apply(Candidates candidates, double threshold)
    {
        if (threshold > 0.5 || candidates.Count < 2) return;
        (double max, double sum) = Distribution.Normalizer(candidates);
        double bar = Distribution.LogitAt(threshold, max, sum);
        ReadOnlySpan<double> logits = candidates.Logits;
        int above = 0, last = -1;
        for (int i = 0; i < logits.Length; i++)
        {
            if (logits[i] < bar) continue;
            above++;
            if (last < 0 || logits[i] <= logits[last]) last = i;
        }

        if (above < 2) return;
        int kept = 0;
        for (int i = 0; i < logits.Length; i++)
            if (i == last || logits[i] < bar) candidates.Move(i, kept++);
        candidates.Shrink(kept);
    }
}
