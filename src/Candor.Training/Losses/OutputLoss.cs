using Candor.Kernels;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// The output matrix and what comes of its logits, for rows with a target only, a stretch of rows at a time, so that logits of
/// the whole batch are never in memory.
/// </summary>
internal sealed unsafe class OutputLoss(HeadSpec spec, Parameter head, Slot hidden, AdapterSet? adapters, LowRankSite? adapter) : IDisposable
{
    private const long MostLogits = 1 << 24;

    private NativeBuffer? memory;

    private LowRankSite? Adapter => adapters is { Enabled: true } ? adapter : null;

    /// <summary>The sum of the losses of all targets; gradients, if wanted, are of that sum times <paramref name="factor"/>.</summary>
    /// <param name="pass">Rows that have gone through the network.</param>
    /// <param name="targets">The next token of each row, or -1 for none.</param>
    /// <param name="objective">What a row costs.</param>
    /// <param name="factor">Factor on the gradients, such as 1 / targets of the whole step; 0 where no gradients are wanted.</param>
    /// <param name="each">Takes each row's loss; null for no one.</param>
    public double Run(Pass pass, IReadOnlyList<int> targets, LogitLoss objective, float factor, float[]? each)
    {
        int[] rows = [.. Enumerable.Range(0, pass.Rows).Where(r => targets[r] >= 0)];
        int width = hidden.Width, vocabulary = head.Rows, rank = adapter?.Adapter.Rank ?? 0;
        int most = (int)Math.Max(16, MostLogits / vocabulary), stretches = Math.Max(1, (rows.Length + most - 1) / most), stretch = (rows.Length + stretches - 1) / stretches;
        Reserve((long)stretch * ((2 * width) + vocabulary + (2 * rank)));
        float* input = (float*)memory!.Pointer, gradient = input + ((nint)stretch * width), logits = gradient + ((nint)stretch * width), low = logits + ((nint)stretch * vocabulary);
        LogitLoss cost = spec.SoftCap is { } cap ? new SoftCappedLoss(cap, objective) : objective;
        double total = 0;
        for (int from = 0; from < rows.Length; from += stretch)
        {
            int count = Math.Min(stretch, rows.Length - from), first = from;
            for (int i = 0; i < count; i++) hidden.Values(rows[from + i]).CopyTo(new Span<float>(input + ((nint)i * width), width));
            MatrixView x = new(input, count, width), y = new(logits, count, vocabulary), h = new(low, count, rank);
            Multiply(pass, x, h, y);
            var losses = new double[count];
            pass.Run(count, 4, (begin, end, _) =>
            {
                for (int i = begin; i < end; i++) losses[i] = cost.Row(new Span<float>(logits + ((nint)i * vocabulary), vocabulary), rows[first + i], targets[rows[first + i]], factor);
            });
            total += losses.Sum();
            for (int i = 0; i < count && each is not null; i++) each[rows[from + i]] = (float)losses[i];
            if (factor == 0) continue;
            MatrixView dx = new(gradient, count, width);
            if (Adapter is { } site) site.Backward(pass.Gemm, x, h, y, new MatrixView(low + ((nint)stretch * rank), count, rank), dx, spec.Scale);
            else head.Multiply(pass.Gemm, y, dx, spec.Scale);
            for (int i = 0; i < count; i++) new ReadOnlySpan<float>(gradient + ((nint)i * width), width).CopyTo(hidden.Gradients(rows[from + i]));
            if (head.Trains) pass.Gemm.Multiply(y.Transposed, x, head.GradientView, spec.Scale, add: true);
        }

        return total;
    }

    /// <summary>Logits of some rows, [rows, vocabulary].</summary>
    public void Logits(Pass pass, int begin, int count, Span<float> to)
    {
        Reserve((long)count * (adapter?.Adapter.Rank ?? 0));
        fixed (float* p = to)
            Multiply(pass, new MatrixView(hidden.ValueAt(begin), count, hidden.Width), new MatrixView((float*)memory!.Pointer, count, adapter?.Adapter.Rank ?? 0), new MatrixView(p, count, head.Rows));
        if (spec.SoftCap is { } cap) SoftCappedLoss.Cap(to, cap);
    }

    public void Dispose() => memory?.Dispose();

    private void Reserve(long floats)
    {
        if (memory is not null && memory.Length >= floats * sizeof(float)) return;
        memory?.Dispose();
        memory = new NativeBuffer(Math.Max(64, floats * sizeof(float)));
    }

    private void Multiply(Pass pass, MatrixView x, MatrixView low, MatrixView y)
    {
        if (Adapter is { } site) site.Forward(pass.Gemm, x, low, y, spec.Scale);
        else head.MultiplyTransposed(pass.Gemm, x, y, spec.Scale);
    }
}
