using Candor.Tensors;

namespace Candor.Kernels.Gemms;

/// <summary>The right side of a product: floats anywhere, or a weight as it is stored.</summary>
internal readonly struct RightMatrix
{
    private readonly MatrixView floats;
    private readonly StoredView stored;
    private readonly bool isStored;

    public RightMatrix(MatrixView floats) => this.floats = floats;

    public RightMatrix(StoredView stored) => (this.stored, isStored) = (stored, true);

    public int Rows => isStored ? stored.Rows : floats.Rows;

    public int Columns => isStored ? stored.Columns : floats.Columns;

    /// <summary>About what packing an element costs, beside one of floats.</summary>
    public double PackCost => isStored ? 4 : 1;

    /// <summary>Floats that a thread needs to pack.</summary>
    public long ScratchFloats<TKernel>(int depth) where TKernel : struct, IGemmKernel => isStored ? StoredPanels<TKernel>.ScratchFloats(stored, depth) : 0;

    /// <summary>Where the numbers of some panels lie.</summary>
    /// <param name="panels">First panel and the end of them.</param>
    /// <param name="width">Columns of a panel.</param>
    /// <param name="steps">First step of the sum, and how many.</param>
    public unsafe Ahead Ahead((int First, int Last) panels, int width, (int First, int Count) steps)
    {
        int first = panels.First * width, count = Math.Min(panels.Last * width, Columns) - first;
        if (isStored)
        {
            WeightMatrix w = stored.Weight;
            int block = w.Type.BlockElements();
            return stored.IsTransposed
                ? new Ahead(w.Row(first) + (nint)w.Type.RowBytes(steps.First), w.RowBytes, count, (nint)w.Type.RowBytes(steps.Count))
                : new Ahead(w.Row(steps.First) + (nint)w.Type.RowBytes(first / block * block), w.RowBytes, steps.Count, (nint)w.Type.RowBytes((count + block - 1) / block * block));
        }

        var from = (byte*)floats.At(steps.First, first);
        if (floats.ColumnStride == 1) return new Ahead(from, floats.RowStride * sizeof(float), steps.Count, (nint)count * sizeof(float));
        return floats.RowStride == 1 ? new Ahead(from, floats.ColumnStride * sizeof(float), count, (nint)steps.Count * sizeof(float)) : default;
    }

    /// <summary>Packs panels.</summary>
    /// <param name="panels">First panel and the end of them.</param>
    /// <param name="steps">First step of the sum, where a block of a stored weight begins, and how many.</param>
    /// <param name="packed">Where they go.</param>
    /// <param name="distance">Cells from one to the next.</param>
    /// <param name="scratch">Memory for <see cref="ScratchFloats"/>.</param>
    public unsafe void Pack<TKernel>((int First, int Last) panels, (int First, int Count) steps, float* packed, nint distance, float* scratch) where TKernel : struct, IGemmKernel
    {
        if (isStored) StoredPanels<TKernel>.Pack(stored, panels, steps, packed, distance, scratch);
        else GemmBlocks<TKernel>.PackPanels(floats, panels, steps, packed, distance);
    }
}
