using System.Buffers;
using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>A loss of logits that a soft cap bent: cap · tanh(logit / cap), as in Gemma 2 (arXiv:2408.00118).</summary>
internal sealed class SoftCappedLoss(float cap, LogitLoss inner) : LogitLoss
{
    /// <summary>Bends logits in place.</summary>
    public static void Cap(Span<float> logits, float cap)
    {
        TensorPrimitives.Multiply(logits, 1 / cap, logits);
        TensorPrimitives.Tanh<float>(logits, logits);
        TensorPrimitives.Multiply(logits, cap, logits);
    }

    /// <inheritdoc/>
    public override double Row(Span<float> logits, int row, int target, float factor)
    {
        Cap(logits, cap);
        if (factor == 0) return inner.Row(logits, row, target, factor);
        float[] rented = ArrayPool<float>.Shared.Rent(logits.Length);
        Span<float> slope = rented.AsSpan(0, logits.Length);

        // 1 - tanh², from what is bent by now.
        TensorPrimitives.Multiply(logits, 1 / cap, slope);
        TensorPrimitives.Multiply(slope, slope, slope);
        TensorPrimitives.Subtract(1f, slope, slope);
        double loss = inner.Row(logits, row, target, factor);
        TensorPrimitives.Multiply(logits, slope, logits);
        ArrayPool<float>.Shared.Return(rented);
        return loss;
    }
}
