using Candor.Tensors;

namespace Candor.Kernels.Gemms;

/// <summary>Packs a stored weight: a stretch of it at a time becomes floats, which go straight to their panels.</summary>
internal static unsafe class StoredPanels<TKernel> where TKernel : struct, IGemmKernel
{
    // Rows that are turned into floats at a time.
    private static int RowsTogether => GemmBlocks<TKernel>.ChunkSteps;

    // A cache line.
    private const int LineBytes = 64, Line = LineBytes / sizeof(float);

    /// <summary>Floats that a thread needs.</summary>
    public static long ScratchFloats(StoredView b, int depth) =>
        b.IsTransposed && TakesCodes(b.Weight) ? (PanelPairs.ScratchBytes / sizeof(float)) + Line : b.IsTransposed ? (long)TKernel.Columns * depth : RowsTogether * ((long)b.Columns + b.Weight.Type.BlockElements());

    /// <summary>Packs panels.</summary>
    /// <param name="b">The weight.</param>
    /// <param name="panels">First panel and the end of them.</param>
    /// <param name="steps">First step of the sum, the begin of a block where blocks lie along it, and how many.</param>
    /// <param name="packed">Where they go.</param>
    /// <param name="distance">Cells from one to the next.</param>
    /// <param name="scratch">Memory for <see cref="ScratchFloats"/>.</param>
    public static void Pack(StoredView b, (int First, int Last) panels, (int First, int Count) steps, float* packed, nint distance, float* scratch)
    {
        if (!b.IsTransposed)
        {
            Columns(b.Weight, panels, steps, packed, distance, scratch);
            return;
        }

        for (int panel = panels.First; panel < panels.Last; panel++, packed += distance)
            Rows(b.Weight, panel * TKernel.Columns, steps, packed, scratch);
    }

    /// <summary>Whether codes of a weight become cells at once.</summary>
    private static bool TakesCodes(WeightMatrix weight) => TKernel.Packing == Packing.Pairs && weight.Type.IsQuantized() && PanelPairs.IsSupported;

    /// <summary>A panel of the transposed weight: some of its rows.</summary>
    private static void Rows(WeightMatrix w, int first, (int First, int Count) steps, float* to, float* scratch)
    {
        int count = Math.Min(TKernel.Columns, w.Rows - first);
        nint offset = (nint)w.Type.RowBytes(steps.First);
        if (TKernel.Packing == Packing.Pairs && w.Type == ElementType.BF16 && (w.RowBytes | offset) % sizeof(float) == 0)
        {
            // Two neighbours of a row are a cell as they stand.
            int cells = (steps.Count + 1) / 2;
            var pairs = new MatrixView((float*)(w.Row(first) + offset), count, cells, w.RowBytes / sizeof(float));
            PanelPacker.Pack(pairs.Transposed, (0, count), (0, cells), TKernel.Columns, Packing.Floats, to);
            GemmBlocks<TKernel>.FillUp(steps.Count, TKernel.Columns, 1, to, 0);
            return;
        }

        if (TakesCodes(w))
        {
            for (int row = 0; row < TKernel.Columns; row += PanelPairs.Rows)
            {
                if (row < count) PanelPairs.Pack(w, first + row, steps, to + row, TKernel.Columns, (byte*)(((nint)scratch + LineBytes - 1) & -LineBytes));
                else for (int cell = 0; cell < steps.Count / 2; cell++) new Span<float>(to + row + (cell * TKernel.Columns), PanelPairs.Rows).Clear();
            }

            return;
        }

        for (int row = 0; row < count; row++) Dequantizer.ToFloat(w.Type, w.Row(first + row) + offset, scratch + ((nint)row * steps.Count), steps.Count);
        GemmBlocks<TKernel>.PackPanels(new MatrixView(scratch, count, steps.Count).Transposed, (0, 1), (0, steps.Count), to, 0);
    }

    /// <summary>Panels of columns, some rows of the weight at a time, from the begin of the block where they begin to the end of the one where they end.</summary>
    private static void Columns(WeightMatrix w, (int First, int Last) panels, (int First, int Count) steps, float* to, nint distance, float* scratch)
    {
        int block = w.Type.BlockElements(), first = panels.First * TKernel.Columns / block * block;
        int columns = Math.Min(w.Columns, ((panels.Last * TKernel.Columns) + block - 1) / block * block) - first;
        nint offset = (nint)w.Type.RowBytes(first);
        for (int row = 0; row < steps.Count; row += RowsTogether)
        {
            int count = Math.Min(RowsTogether, steps.Count - row);
            for (int k = 0; k < count; k++) Dequantizer.ToFloat(w.Type, w.Row(steps.First + row + k) + offset, scratch + ((nint)k * columns), columns);
            var floats = new MatrixView(scratch, count, columns);
            float* cell = to + ((nint)GemmBlocks<TKernel>.CellsBefore(row) * TKernel.Columns);
            for (int panel = panels.First; panel < panels.Last; panel++, cell += distance)
            {
                int column = panel * TKernel.Columns;
                PanelPacker.Pack(floats, (column - first, Math.Min(TKernel.Columns, w.Columns - column)), (0, count), TKernel.Columns, TKernel.Packing, cell);
            }
        }

        GemmBlocks<TKernel>.FillUp(steps.Count, TKernel.Columns, panels.Last - panels.First, to, distance);
    }
}
