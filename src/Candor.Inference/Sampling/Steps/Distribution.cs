namespace Candor.Inference.Sampling;

/// <summary>Facts about the softmax of the candidates, for steps that cut by probability.</summary>
internal static class Distribution
{
    /// <summary>The largest logit, and the sum of e^(x - max).</summary>
    public static (double Max, double Sum) Normalizer(Candidates candidates)
    {
        double max = PortableMath.Max(candidates.Logits);
        return (max, PortableMath.SumExp(candidates.Logits, max));
    }

    /// <summary>The entropy in nats: ln Σw − Σ w (x − max) / Σw. Leaves the weights w = e^(x − max) in the scratch.</summary>
    public static double Entropy(Candidates candidates, out double max, out double sum)
    {
        max = PortableMath.Max(candidates.Logits);
        ReadOnlySpan<double> logits = candidates.Logits;
        Span<double> weights = candidates.Scratch[..logits.Length];
        sum = PortableMath.Exp(logits, max, weights);
        double mean = 0;
        for (int i = 0; i < logits.Length; i++) mean += weights[i] * (logits[i] - max);
        return PortableMath.Log(sum) - mean / sum;
    }

    /// <summary>The logit at which a token's probability is <paramref name="probability"/>; -Infinity for 0.</summary>
    public static double LogitAt(double probability, double max, double sum) =>
        probability < 1e-300 ? double.NegativeInfinity : max + PortableMath.Log(probability * sum);
}
