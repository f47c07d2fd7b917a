using System.Numerics.Tensors;
using Candor.Kernels;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// The output matrix and the loss: −log p(target), for rows with a target only, a stretch of rows at a time, so that logits of
/// the whole batch are never in memory.
/// </summary>
internal sealed unsafe class CrossEntropy(HeadSpec spec, Parameter head, Slot hidden) : IDisposable
{
    private const long MostLogits = 1 << 22;

    private NativeBuffer? memory;

    /// <summary>The sum of the losses of all targets; gradients, if wanted, are of that sum times <paramref name="factor"/>.</summary>
    /// <param name="pass">Rows that have gone through the network.</param>
    /// <param name="targets">The next token of each row, or -1 for none.</param>
    /// <param name="factor">Factor on the gradients, 1 / targets of the whole step; 0 where no gradients are wanted.</param>
    public double Run(Pass pass, IReadOnlyList<int> targets, float factor)
    {
        int[] rows = [.. Enumerable.Range(0, pass.Rows).Where(r => targets[r] >= 0)];
        int width = hidden.Width, vocabulary = head.Rows, stretch = (int)Math.Clamp(MostLogits / vocabulary, 16, Math.Max(16, rows.Length));
        long floats = (long)stretch * ((2 * width) + vocabulary);
        if (memory is null || memory.Length < floats * sizeof(float))
        {
            memory?.Dispose();
            memory = new NativeBuffer(floats * sizeof(float));
        }

        float* input = (float*)memory.Pointer, gradient = input + ((nint)stretch * width), logits = gradient + ((nint)stretch * width);
        var matrix = new MatrixView(head.Value, vocabulary, width);
        double total = 0;
        for (int from = 0; from < rows.Length; from += stretch)
        {
            int count = Math.Min(stretch, rows.Length - from), first = from;
            for (int i = 0; i < count; i++) hidden.Values(rows[from + i]).CopyTo(new Span<float>(input + ((nint)i * width), width));
            MatrixView x = new(input, count, width), y = new(logits, count, vocabulary);
            pass.Gemm.Multiply(x, matrix.Transposed, y, spec.Scale);
            var losses = new double[count];
            pass.Run(count, 4, (begin, end, _) =>
            {
                for (int i = begin; i < end; i++) losses[i] = Row(new Span<float>(logits + ((nint)i * vocabulary), vocabulary), targets[rows[first + i]], factor);
            });
            total += losses.Sum();
            if (factor == 0) continue;
            MatrixView dx = new(gradient, count, width);
            pass.Gemm.Multiply(y, matrix, dx, spec.Scale);
            for (int i = 0; i < count; i++) new ReadOnlySpan<float>(gradient + ((nint)i * width), width).CopyTo(hidden.Gradients(rows[from + i]));
            if (head.Trains) pass.Gemm.Multiply(y.Transposed, x, new MatrixView(head.Gradient, vocabulary, width), spec.Scale, add: true);
        }

        return total;
    }

    /// <summary>Logits of some rows, [rows, vocabulary].</summary>
    public void Logits(Pass pass, int begin, int count, Span<float> to)
    {
        fixed (float* p = to)
            pass.Gemm.Multiply(new MatrixView(hidden.ValueAt(begin), count, hidden.Width), new MatrixView(head.Value, head.Rows, hidden.Width).Transposed, new MatrixView(p, count, head.Rows), spec.Scale);
        if (spec.SoftCap is not { } cap) return;
        TensorPrimitives.Multiply(to, 1 / cap, to);
        TensorPrimitives.Tanh<float>(to, to);
        TensorPrimitives.Multiply(to, cap, to);
    }

    public void Dispose() => memory?.Dispose();

    /// <summary>The loss of one row; its logits become their gradient.</summary>
    private double Row(Span<float> logits, int target, float factor)
    {
        float[]? curve = null;
        if (spec.SoftCap is { } cap)
        {
            TensorPrimitives.Multiply(logits, 1 / cap, logits);
            TensorPrimitives.Tanh<float>(logits, logits);
            if (factor != 0)
            {
                curve = new float[logits.Length];
                TensorPrimitives.Multiply(logits, logits, curve);
                TensorPrimitives.Subtract(1f, curve, curve);
            }

            TensorPrimitives.Multiply(logits, cap, logits);
        }

        float chosen = logits[target], max = TensorPrimitives.Max<float>(logits);
        TensorPrimitives.Subtract(logits, max, logits);
        TensorPrimitives.Exp<float>(logits, logits);
        float sum = TensorPrimitives.Sum<float>(logits);
        double loss = max + Math.Log(sum) - chosen;
        if (factor == 0) return loss;
        TensorPrimitives.Multiply(logits, factor / sum, logits);
        logits[target] -= factor;
        if (curve is not null) TensorPrimitives.Multiply(logits, curve, logits);
        return loss;
    }
}
