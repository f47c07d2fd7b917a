using Candor.Tensors;

namespace Candor.Kernels.Gemms;

/// <summary>Packs a stored weight: a stretch of it at a time becomes floats, which go straight to their panels.</summary>
internal static unsafe class StoredPanels<TKernel> where TKernel : struct, IGemmKernel
{
    // As wide as the widest block of any type, and a whole number of panels.
    private const int Stretch = 256;

    /// <summary>Panels that are packed together: blocks of a type lie along the rows of the weight.</summary>
    public static int Group(StoredView b) => b.IsTransposed ? 1 : Stretch / TKernel.Columns;

    /// <summary>Floats that a worker needs.</summary>
    public static long ScratchFloats(StoredView b) => b.IsTransposed ? (long)TKernel.Columns * b.Rows : Stretch;

    /// <summary>Packs groups of panels.</summary>
    /// <param name="b">The weight.</param>
    /// <param name="begin">First group.</param>
    /// <param name="end">Last group, exclusive.</param>
    /// <param name="packed">All panels.</param>
    /// <param name="scratch">Memory for <see cref="ScratchFloats"/>.</param>
    public static void Pack(StoredView b, int begin, int end, float* packed, float* scratch)
    {
        for (int group = begin; group < end; group++)
        {
            if (b.IsTransposed) Rows(b.Weight, group, packed, scratch);
            else Columns(b.Weight, group * Stretch, packed, scratch);
        }
    }

    /// <summary>A panel of the transposed weight: some of its rows.</summary>
    private static void Rows(WeightMatrix w, int panel, float* packed, float* scratch)
    {
        int width = TKernel.Columns, first = panel * width, count = Math.Min(width, w.Rows - first);
        Dequantizer.ToFloat(w.Type, w.Row(first), scratch, (long)count * w.Columns);
        GemmBlocks<TKernel>.PackPanels(new MatrixView(scratch, count, w.Columns).Transposed, 0, 1, packed + ((nint)panel * width * w.Columns));
    }

    /// <summary>The panels of a stretch of columns.</summary>
    private static void Columns(WeightMatrix w, int first, float* packed, float* scratch)
    {
        int width = TKernel.Columns, count = Math.Min(Stretch, w.Columns - first), panels = (count + width - 1) / width;
        nint offset = (nint)w.Type.RowBytes(first);
        new Span<float>(scratch + count, (panels * width) - count).Clear();
        for (int k = 0; k < w.Rows; k++)
        {
            Dequantizer.ToFloat(w.Type, w.Row(k) + offset, scratch, count);
            for (int p = 0; p < panels; p++)
                new ReadOnlySpan<float>(scratch + (p * width), width).CopyTo(new Span<float>(packed + ((((nint)(first / width) + p) * w.Rows) + k) * width, width));
        }
    }
}
