namespace Candor.Training;

/// <summary>How token losses of a group's answers are averaged.</summary>
public enum PolicyAverage
{
    /// <summary>Per answer, then over answers (GRPO; Shao et al., arXiv:2402.03300).</summary>
    PerAnswer,

    /// <summary>Over all tokens (DAPO; Yu et al., arXiv:2503.14476).</summary>
    PerToken,

    /// <summary>By answers times the most tokens an answer may have, so that length has no part in it (Dr. GRPO; Liu et al., arXiv:2503.20783).</summary>
    Fixed,
}

/// <summary>Settings of group-relative policy optimization.</summary>
public sealed record PolicyOptions
{
    /// <summary>How token losses are averaged. Default per answer.</summary>
    public PolicyAverage Average { get; set; }

    /// <summary>Ratios below 1 minus this are clipped where that would be a gain. Default 0.2.</summary>
    public double ClipLow { get; set; } = 0.2;

    /// <summary>Ratios above 1 plus this are clipped. Default 0.2.</summary>
    public double ClipHigh { get; set; } = 0.2;

    /// <summary>Ratios are never taken as larger than this; 0 for no such bound. Default 0.</summary>
    public double MostRatio { get; set; }

    /// <summary>Whether an answer has one ratio, the geometric mean of its tokens' (GSPO; Zheng et al., arXiv:2507.18071). Default false.</summary>
    public bool PerSequence { get; set; }

    /// <summary>Factor on the divergence from the reference. Default 0: no reference is needed.</summary>
    public double Beta { get; set; }

    /// <summary>The most tokens of an answer, for <see cref="PolicyAverage.Fixed"/>.</summary>
    public int MostTokens { get; set; } = 256;

    /// <summary>Whether advantages are divided by the group's deviation. Default true; Dr. GRPO does without.</summary>
    public bool ScaleRewards { get; set; } = true;
}

/// <summary>An answer's tokens: ln p now, when it was sampled, and under the reference, one each.</summary>
/// <param name="Policy">Under the model in training.</param>
/// <param name="Old">When it was sampled.</param>
/// <param name="Reference">Under the reference; null where none is needed.</param>
/// <param name="Advantage">How much better than its group the answer was.</param>
public sealed record SampledAnswer(double[] Policy, double[] Old, double[]? Reference, double Advantage);

/// <summary>The formulas of group-relative policy optimization.</summary>
public static class PolicyLoss
{
    /// <summary>Rewards of a group less their mean, over their sample deviation (n − 1).</summary>
    public static double[] Advantages(IReadOnlyList<double> rewards, bool scale = true)
    {
        ArgumentNullException.ThrowIfNull(rewards);
        double mean = rewards.Average(), deviation = rewards.Count < 2 ? 0 : Math.Sqrt(rewards.Sum(r => (r - mean) * (r - mean)) / (rewards.Count - 1));
        return [.. rewards.Select(r => (r - mean) / (scale ? deviation + 1e-4 : 1))];
    }

    /// <summary>The loss, and its derivatives by each token's ln p.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="answers">Answers that go through the network together.</param>
    /// <param name="allAnswers">Answers of the whole step.</param>
    /// <param name="allTokens">Tokens of all answers of the whole step.</param>
    public static (double Loss, double[][] Slopes) Of(PolicyOptions options, IReadOnlyList<SampledAnswer> answers, int allAnswers, long allTokens)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(answers);
        double loss = 0;
        var slopes = new double[answers.Count][];
        for (int i = 0; i < answers.Count; i++)
        {
            SampledAnswer a = answers[i];
            int count = a.Policy.Length;
            slopes[i] = new double[count];
            double share = options.Average switch
            {
                PolicyAverage.PerAnswer => 1.0 / ((double)allAnswers * Math.Max(1, count)),
                PolicyAverage.PerToken => 1.0 / Math.Max(1, allTokens),
                _ => 1.0 / ((double)allAnswers * options.MostTokens),
            };
            double whole = options.PerSequence ? Enumerable.Range(0, count).Sum(t => a.Policy[t] - a.Old[t]) / Math.Max(1, count) : 0, along = 0;
            for (int t = 0; t < count; t++)
            {
                (double surrogate, double slope) = Surrogate(options, options.PerSequence ? whole : a.Policy[t] - a.Old[t], a.Advantage);
                loss += share * surrogate;
                if (options.PerSequence) along += share * slope / count;
                else slopes[i][t] += share * slope;
                if (options.Beta == 0) continue;
                double back = a.Reference![t] - a.Policy[t], ratio = Math.Exp(back);
                loss += share * options.Beta * (ratio - back - 1);
                slopes[i][t] += share * options.Beta * (1 - ratio);
            }

            for (int t = 0; t < count; t++) slopes[i][t] += along;
        }

        return (loss, slopes);
    }

    /// <summary>−min(ratio · A, clipped ratio · A), and its derivative by the logarithm of the ratio.</summary>
    private static (double Loss, double Slope) Surrogate(PolicyOptions options, double logRatio, double advantage)
    {
        double ratio = Math.Exp(logRatio), clipped = Math.Clamp(ratio, 1 - options.ClipLow, 1 + options.ClipHigh);
        bool bounded = options.MostRatio > 0 && ratio > options.MostRatio;
        double free = bounded ? options.MostRatio : ratio;
        return free * advantage <= clipped * advantage
            ? (-free * advantage, bounded ? 0 : -ratio * advantage)
            : (-clipped * advantage, clipped == ratio ? -ratio * advantage : 0);
    }
}
