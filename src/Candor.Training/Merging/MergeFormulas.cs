namespace Candor.Training;

/// <summary>How several versions of a tensor become one, in float64. Task vectors are what a model has more than its base.</summary>
public static class MergeFormulas
{
    /// <summary>Σ weight · tensor.</summary>
    public static double[] Linear(IReadOnlyList<double[]> tensors, IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(weights);
        var sum = new double[tensors[0].Length];
        for (int t = 0; t < tensors.Count; t++)
            for (int i = 0; i < sum.Length; i++) sum[i] += weights[t] * tensors[t][i];
        return sum;
    }

    /// <summary>The way from one tensor to another along the arc between their directions (Shoemake, 1985); in a straight line where they are nearly parallel or one is 0.</summary>
    /// <param name="from">At 0.</param>
    /// <param name="to">At 1.</param>
    /// <param name="along">0 to 1.</param>
    public static double[] Slerp(double[] from, double[] to, double along)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        double a = 0, b = 0, dot = 0;
        for (int i = 0; i < from.Length; i++) (a, b, dot) = (a + (from[i] * from[i]), b + (to[i] * to[i]), dot + (from[i] * to[i]));
        double cosine = a == 0 || b == 0 ? 1 : Math.Clamp(dot / Math.Sqrt(a * b), -1, 1), angle = Math.Acos(cosine), sine = Math.Sin(angle);
        (double first, double second) = Math.Abs(cosine) > 0.9995 || sine == 0 ? (1 - along, along) : (Math.Sin((1 - along) * angle) / sine, Math.Sin(along * angle) / sine);
        return Linear([from, to], [first, second]);
    }

    /// <summary>The share of entries that are largest in magnitude; the others become 0.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="density">The share, 0 to 1; it is rounded down to whole entries.</param>
    public static double[] Prune(double[] tensor, double density)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var kept = new double[tensor.Length];
        foreach (int i in Enumerable.Range(0, tensor.Length).OrderByDescending(i => Math.Abs(tensor[i])).Take((int)(density * tensor.Length))) kept[i] = tensor[i];
        return kept;
    }

    /// <summary>TIES (Yadav et al., arXiv:2306.01708): small entries go, each place elects a sign, and those that agree are averaged.</summary>
    /// <param name="tasks">Task vectors.</param>
    /// <param name="weights">A weight for each; they count after the election.</param>
    /// <param name="density">Share of entries that stay.</param>
    /// <param name="byCount">Whether each tensor has one vote; otherwise votes weigh as much as the entries are large.</param>
    public static double[] Ties(IReadOnlyList<double[]> tasks, IReadOnlyList<double> weights, double density, bool byCount = false)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(weights);
        double[][] pruned = [.. tasks.Select(t => Prune(t, density))];
        var merged = new double[pruned[0].Length];
        for (int i = 0; i < merged.Length; i++)
        {
            double votes = pruned.Sum(p => byCount ? Math.Sign(p[i]) : p[i]);
            int sign = votes >= 0 ? 1 : -1, agree = 0;
            for (int t = 0; t < pruned.Length; t++)
            {
                if (Math.Sign(pruned[t][i]) != sign) continue;
                merged[i] += weights[t] * pruned[t][i];
                agree++;
            }

            merged[i] /= Math.Max(1, agree);
        }

        return merged;
    }

    /// <summary>DARE (Yu et al., arXiv:2311.03099): entries go at random, and what stays is divided by the share that stays.</summary>
    /// <param name="tasks">Task vectors.</param>
    /// <param name="weights">A weight for each.</param>
    /// <param name="density">Share of entries that stay.</param>
    /// <param name="keep">Whether an entry stays: index of the tensor, index in it.</param>
    public static double[] Dare(IReadOnlyList<double[]> tasks, IReadOnlyList<double> weights, double density, Func<int, int, bool> keep)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(keep);
        return Linear([.. tasks.Select((t, n) => t.Select((x, i) => keep(n, i) ? x / density : 0).ToArray())], weights);
    }
}
