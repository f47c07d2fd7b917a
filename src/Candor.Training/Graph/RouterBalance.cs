namespace Candor.Training;

/// <summary>
/// How evenly routers share tokens among experts: E · Σₑ f · p, with f the share of tokens that chose an expert and p its mean
/// probability, both over all layers (Fedus et al., arXiv:2101.03961, as transformers counts it). 1 · used where all are even.
/// </summary>
/// <param name="layers">Layers of the model.</param>
/// <param name="experts">Experts of a layer.</param>
internal sealed class RouterBalance(int layers, int experts)
{
    private readonly double[]?[] chosen = new double[]?[layers], probabilities = new double[]?[layers];
    private double[]? shares;
    private int tokens;

    /// <summary>Factor on the loss; 0 for none.</summary>
    public double Weight { get; set; }

    public int Experts => experts;

    /// <summary>What a layer's router did with a batch.</summary>
    public void Set(int layer, double[] choices, double[] sums, int rows) => (chosen[layer], probabilities[layer], tokens, shares) = (choices, sums, rows, null);

    /// <summary>The loss of the last batch, without its weight.</summary>
    public double Loss()
    {
        double[] f = Shares();
        double sum = 0;
        int routed = probabilities.Count(p => p is not null);
        for (int e = 0; e < experts; e++) sum += f[e] * probabilities.Sum(p => p?[e] ?? 0) / ((double)routed * tokens);
        return experts * sum;
    }

    /// <summary>The derivative of the weighted loss by each token's probability of an expert.</summary>
    public double Slope(int expert) => Weight * experts * Shares()[expert] / ((double)probabilities.Count(p => p is not null) * tokens);

    private double[] Shares()
    {
        if (shares is not null) return shares;
        int routed = chosen.Count(c => c is not null);
        return shares = [.. Enumerable.Range(0, experts).Select(e => chosen.Sum(c => c?[e] ?? 0) / ((double)routed * tokens))];
    }
}
