namespace Candor.Inference.Sampling;

/// <summary>Forbids every token that would complete a run of n tokens already in the history (transformers' rule).</summary>
internal static class NoRepeatNGram
{
    public static void Apply(Candidates candidates, ReadOnlySpan<int> history, int n)
    {
        if (n <= 0 || history.Length < n) return;
        ReadOnlySpan<int> last = history[^(n - 1)..];
        for (int i = 0; i + n <= history.Length; i++)
        {
            if (!history.Slice(i, n - 1).SequenceEqual(last)) continue;
            int at = candidates.IndexOf(history[i + n - 1]);
            if (at >= 0) candidates.Logits[at] = double.NegativeInfinity;
        }
    }
}
