namespace Candor.Inference.Sampling;

/// <summary>Adds to single logits; -Infinity forbids a token.</summary>
internal static class LogitBias
{
    public static void Apply(Candidates candidates, ReadOnlySpan<KeyValuePair<int, double>> biases)
    {
        foreach ((int token, double bias) in biases)
        {
            int at = candidates.IndexOf(token);
            if (at >= 0) candidates.Logits[at] += bias;
        }
    }
}
