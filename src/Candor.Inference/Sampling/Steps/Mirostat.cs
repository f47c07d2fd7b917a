namespace Candor.Inference.Sampling;

/// <summary>
/// Mirostat 2 (Basu et al., arXiv 2007.14966): keeps the tokens whose surprise -log2 p is at most mu, at least the likeliest,
/// and steers mu by the surprise of the token then drawn, measured after renormalising.
/// </summary>
internal static class Mirostat
{
    public static void Apply(Candidates candidates, double mu)
    {
        (double max, double sum) = Distribution.Normalizer(candidates);
        double cut = max + PortableMath.Log(sum) - mu * PortableMath.Ln2;
        if (cut > max) candidates.KeepOnly(Temperature.ArgMax(candidates.Logits));
        else candidates.KeepFrom(cut);
    }

    /// <summary>mu for the next token, after one of probability <paramref name="probability"/> was drawn.</summary>
    public static double Next(double mu, double tau, double eta, double probability) =>
        mu - eta * (-PortableMath.Log(probability) / PortableMath.Ln2 - tau);
}
