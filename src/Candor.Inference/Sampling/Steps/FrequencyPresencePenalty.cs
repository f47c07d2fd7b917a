namespace Candor.Inference.Sampling;

/// <summary>Subtracts count * frequency + presence from every token of the window (OpenAI's definition).</summary>
internal static class FrequencyPresencePenalty
{
    public static void Apply(Candidates candidates, ReadOnlySpan<int> window, double frequency, double presence, TokenTable counts)
    {
        counts.Reset(window.Length);
        foreach (int token in window) counts[token]++;
        for (int slot = 0; counts.Next(ref slot, out int token, out int count);)
        {
            int at = candidates.IndexOf(token);
            if (at >= 0) candidates.Logits[at] -= count * frequency + presence;
        }
    }
}
