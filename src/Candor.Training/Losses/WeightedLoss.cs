using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>−weight · ln p(target), with a weight for each row: how an objective over whole texts reaches their tokens.</summary>
/// <param name="weights">A weight for each row of the batch: minus the derivative of the objective by that row's ln p.</param>
public sealed class WeightedLoss(float[] weights) : LogitLoss
{
    /// <inheritdoc/>
    public override double Row(Span<float> logits, int row, int target, float factor)
    {
        float chosen = logits[target];
        double loss = Softmax(logits) - chosen;
        TensorPrimitives.Multiply(logits, factor * weights[row], logits);
        logits[target] -= factor * weights[row];
        return loss * weights[row];
    }
}
