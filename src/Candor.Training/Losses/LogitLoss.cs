using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>What one row's logits cost. Implementations are called by several threads at once.</summary>
public abstract class LogitLoss
{
    /// <summary>The loss of a row; where a factor is given, its logits become the gradients of the loss times that factor.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="row">The row in its batch.</param>
    /// <param name="target">The token that it is to foretell.</param>
    /// <param name="factor">Factor on the gradients; 0 for none (the logits may be left as anything).</param>
    public abstract double Row(Span<float> logits, int row, int target, float factor);

    /// <summary>Logits become probabilities; returns ln Σ exp.</summary>
    protected static double Softmax(Span<float> logits)
    {
        float max = TensorPrimitives.Max<float>(logits);
        TensorPrimitives.Subtract(logits, max, logits);
        TensorPrimitives.Exp<float>(logits, logits);
        float sum = TensorPrimitives.Sum<float>(logits);
        TensorPrimitives.Multiply(logits, 1 / sum, logits);
        return max + Math.Log(sum);
    }
}
