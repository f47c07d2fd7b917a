using static Candor.Training.Sigmoids;

namespace Candor.Training;

/// <summary>Settings of KTO, which learns from single answers that are good or bad (Ethayarajh et al., arXiv:2402.01306).</summary>
public sealed record KtoOptions
{
    /// <summary>How strongly the way from the reference counts. Default 0.1.</summary>
    public double Beta { get; set; } = 0.1;

    /// <summary>Weight of good answers. Default 1.</summary>
    public double DesirableWeight { get; set; } = 1;

    /// <summary>Weight of bad answers. Default 1.</summary>
    public double UndesirableWeight { get; set; } = 1;

    /// <summary>Whether answers are measured against the reference itself instead of the batch's divergence from it (APO-zero without pairs). Default false.</summary>
    public bool Unpaired { get; set; }
}

/// <summary>The formulas of KTO.</summary>
public static class KtoLoss
{
    /// <summary>How far the model has gone from the reference on answers that do not belong to their prompts; no less than 0.</summary>
    public static double Divergence(IReadOnlyList<AnswerScore> mismatched)
    {
        ArgumentNullException.ThrowIfNull(mismatched);
        return mismatched.Count == 0 ? 0 : Math.Max(0, mismatched.Average(m => m.Ratio));
    }

    /// <summary>The loss of an answer, and its derivative by the sum of ln p.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="good">Whether it is good.</param>
    /// <param name="divergence">What <see cref="Divergence"/> gave for the batch; a constant on the way back.</param>
    public static (double Loss, double Slope) Of(KtoOptions options, AnswerScore answer, bool good, double divergence)
    {
        ArgumentNullException.ThrowIfNull(options);
        double weight = good ? options.DesirableWeight : options.UndesirableWeight, sign = good ? 1 : -1;
        double x = sign * options.Beta * (answer.Ratio - (options.Unpaired ? 0 : divergence)), p = Sigmoid(x);
        return (weight * (1 - p), -weight * p * Sigmoid(-x) * sign * options.Beta);
    }
}
