using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>
/// −ln p(target), with what is added to it or changed in it: label smoothing over the vocabulary (Szegedy et al., arXiv:1512.00567), a
/// pull of ln Σ exp towards 0 (z-loss, as in PaLM, arXiv:2204.02311), and weighting by the target's own probability (dynamic
/// fine-tuning; Wu et al., arXiv:2508.05629).
/// </summary>
public sealed class TokenLoss : LogitLoss
{
    /// <summary>−ln p(target) and nothing else.</summary>
    public static TokenLoss Plain { get; } = new();

    /// <summary>Share of the target's probability that is spread over the whole vocabulary, 0 to below 1. Default 0.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Factor on (ln Σ exp logits)². Default 0.</summary>
    public double ZLoss { get; init; }

    /// <summary>Whether a row's loss is multiplied by p(target), which counts as a constant on the way back. Default false.</summary>
    public bool Dynamic { get; init; }

    /// <inheritdoc/>
    public override double Row(Span<float> logits, int row, int target, float factor)
    {
        float chosen = logits[target], mean = LabelSmoothing == 0 ? 0 : TensorPrimitives.Sum<float>(logits) / logits.Length;
        double all = Softmax(logits), probability = logits[target];
        double loss = ((1 - LabelSmoothing) * (all - chosen)) + (LabelSmoothing * (all - mean)) + (ZLoss * all * all);
        double weight = Dynamic ? probability : 1;
        if (factor == 0) return loss * weight;

        // d/dlogits of ln Σ exp is the softmax, which stands with 1 in the two first terms and with 2 z in the third.
        TensorPrimitives.Multiply(logits, (float)(factor * weight * (1 + (2 * ZLoss * all))), logits);
        if (LabelSmoothing != 0) TensorPrimitives.Subtract(logits, (float)(factor * weight * LabelSmoothing / logits.Length), logits);
        logits[target] -= (float)(factor * weight * (1 - LabelSmoothing));
        return loss * weight;
    }
}
