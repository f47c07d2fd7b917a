namespace Candor.Inference;

/// <summary>Probabilities of given texts.</summary>
public static class Scoring
{
    /// <summary>ln Σ exp(x), in double precision, without overflow.</summary>
    public static double LogSumExp(ReadOnlySpan<float> x)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float v in x) max = Math.Max(max, v);
        foreach (float v in x) sum += Math.Exp(v - max);
        return max + Math.Log(sum);
    }
}
