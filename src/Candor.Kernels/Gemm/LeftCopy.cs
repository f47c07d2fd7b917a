namespace Candor.Kernels.Gemms;

/// <summary>
/// Rows of a left matrix as <see cref="RowTileCode"/> can read them: where they lie, or copied once for a whole product, in the kernel's cells and
/// at a distance that suits the cache.
/// </summary>
internal static unsafe class LeftCopy<TKernel> where TKernel : struct, IGemmKernel
{
    // Above so many a copy would leave the cache before it is read again.
    private const long MostFloats = 1 << 23;

    // Cells of a cache line, and along a side of what is rounded at a time.
    private const int Line = 16, Side = PairSquares.Side;

    /// <summary>Whether a kernel can read some rows of a matrix, as they are or copied.</summary>
    public static bool Serves(MatrixView matrix, int rows) =>
        TKernel.RowsAtOnce != 0 && (matrix.ColumnStride == 1 || (TKernel.TurnsLeft && matrix.RowStride == 1)) && Floats(matrix, rows) <= MostFloats;

    /// <summary>Floats of memory that <see cref="Of"/> needs for some rows.</summary>
    public static long Floats(MatrixView matrix, int rows) => IsNeeded(matrix) ? (rows + Side - 1) / Side * Side * (long)Stride(matrix.Columns) : 0;

    /// <summary>A matrix of which some rows can be read, cell by cell. It goes on counting its columns in steps.</summary>
    /// <param name="matrix">A matrix that <see cref="Serves"/>.</param>
    /// <param name="rows">First row and the end of them.</param>
    /// <param name="to">Memory of <see cref="Floats"/>.</param>
    public static MatrixView Of(MatrixView matrix, (int First, int Last) rows, float* to)
    {
        if (!IsNeeded(matrix)) return matrix;
        int stride = Stride(matrix.Columns), steps = matrix.Columns;
        var copy = new MatrixView((nint)(to - ((nint)rows.First * stride)), matrix.Rows, steps, stride, 1);
        if (TKernel.Packing == Packing.Floats)
        {
            for (int row = rows.First; row < rows.Last; row++) new ReadOnlySpan<float>(matrix.At(row, 0), steps).CopyTo(new Span<float>(copy.At(row, 0), steps));
            return copy;
        }

        if (TKernel.Packing == Packing.SplitPairs)
        {
            SplitSquares.CopyLeft(matrix, rows, to, stride);
            return copy;
        }

        bool flat = matrix.ColumnStride == 1;
        int filled = GemmBlocks<TKernel>.Cells(steps) * GemmBlocks<TKernel>.StepsOfCell, squares = PairSquares.IsSupported ? steps / (2 * Side) : 0;
        for (int row = rows.First; row < rows.Last; row += Side)
        {
            int done = row + Side <= rows.Last ? squares * 2 * Side : 0, last = Math.Min(row + Side, rows.Last);
            if (done > 0)
                PairSquares.Round(matrix.At(row, 0), flat ? matrix.RowStride : matrix.ColumnStride, 2 * Side * matrix.ColumnStride, copy.At(row, 0), stride, Side, squares, across: !flat, turns: !flat);
            for (int r = row; r < last; r++) Rest(matrix, r, done, (ushort*)copy.At(r, 0), filled);
        }

        return copy;
    }

    /// <summary>The steps of a row from one on, and zeros behind them.</summary>
    private static void Rest(MatrixView matrix, int row, int step, ushort* to, int filled)
    {
        int steps = matrix.Columns;
        if (matrix.ColumnStride == 1) HalfConversion.SingleToBFloat16(matrix.At(row, step), to + step, steps - step);
        else for (int k = step; k < steps; k++) to[k] = HalfConversion.SingleToBFloat16(*matrix.At(row, k));
        new Span<ushort>(to + steps, filled - steps).Clear();
    }

    private static bool IsNeeded(MatrixView matrix) => TKernel.Packing != Packing.Floats || !LeftRows.Suits(matrix);

    /// <summary>An odd number of lines, so that rows fall onto different ones of the cache.</summary>
    private static int Stride(int steps) => (((GemmBlocks<TKernel>.Cells(steps) + Line - 1) / Line) | 1) * Line;
}
