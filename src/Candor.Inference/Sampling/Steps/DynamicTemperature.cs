namespace Candor.Inference.Sampling;

/// <summary>
/// A temperature that rises with the entropy H of the n candidates: T = low + (high - low) (H / ln n)^exponent, low and high
/// lying <c>delta</c> on either side of the given temperature.
/// </summary>
internal static class DynamicTemperature
{
    public static void Apply(Candidates candidates, double temperature, double delta, double exponent)
    {
        if (candidates.Count < 2) return;
        double low = Math.Max(0, temperature - delta), high = temperature + delta;
        double share = Distribution.Entropy(candidates, out _, out _) / PortableMath.Log(candidates.Count);
        Temperature.Apply(candidates, low + (high - low) * PortableMath.Power(Math.Clamp(share, 0, 1), exponent));
    }
}
