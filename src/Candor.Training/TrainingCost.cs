namespace Candor.Training;

/// <summary>What training costs in arithmetic.</summary>
public static class TrainingCost
{
    /// <summary>
    /// Floating-point operations of the products with weights for each token: two for each number of a matrix and pass. Forward and
    /// backward are a pass each, and a matrix that trains has a third one for its gradient. Attention, recomputed layers and all the rest are
    /// left out, so that a share of a machine's limit counts useful work only. Of a mixture's experts those count that a token uses.
    /// </summary>
    /// <param name="model">The model, with its adapters.</param>
    public static double FlopsPerToken(TrainingModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        bool tied = !model.Parameters.All.Any(p => p.Role == "head");
        double flops = 0;
        foreach (Parameter p in model.Parameters.All)
        {
            // Tables of embeddings are looked up, not multiplied with, unless they are the output matrix too.
            if (p.IsVector || p.Role == "position_embedding" || (p.Role == "embedding" && !tied)) continue;
            double used = p.Expert >= 0 && model.Spec.Layers[p.Layer].FeedForward?.Experts is { } x ? (double)x.Used / x.Count : 1;
            flops += used * Passes(p);
        }

        return flops + (model.Adapters?.Parameters.Where(p => !p.IsVector).Sum(Passes) ?? 0);
    }

    private static double Passes(Parameter p) => 2.0 * p.Count * (p.Trains ? 3 : 2);
}
