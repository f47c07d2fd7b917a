namespace Candor.Kernels.Gemms;

/// <summary>
/// Rows of a left matrix as <see cref="RowTileCode"/> can read them: where they lie, or copied once for a whole product, in the kernel's cells and
/// at a distance that suits the cache.
/// </summary>
internal static unsafe class LeftCopy<TKernel> where TKernel : struct, IGemmKernel
{
    // Above so many a copy would leave the cache before it is read again.
    private const long MostFloats = 1 << 23;

    // Cells of a cache line.
    private const int Line = 16;

    /// <summary>Whether a kernel can read some rows of a matrix, as they are or copied.</summary>
    public static bool Serves(MatrixView matrix, int rows) =>
        TKernel.RowFunction(RowTileCode.MostRows) != 0 && matrix.ColumnStride == 1 && Floats(matrix, rows) <= MostFloats;

    /// <summary>Floats of memory that <see cref="Of"/> needs for some rows.</summary>
    public static long Floats(MatrixView matrix, int rows) => IsNeeded(matrix) ? rows * (long)Stride(matrix.Columns) : 0;

    /// <summary>A matrix of which some rows can be read, cell by cell. It goes on counting its columns in steps.</summary>
    /// <param name="matrix">A matrix that <see cref="Serves"/>.</param>
    /// <param name="rows">First row and the end of them.</param>
    /// <param name="to">Memory of <see cref="Floats"/>.</param>
    public static MatrixView Of(MatrixView matrix, (int First, int Last) rows, float* to)
    {
        if (!IsNeeded(matrix)) return matrix;
        int stride = Stride(matrix.Columns), steps = matrix.Columns;
        for (int row = rows.First; row < rows.Last; row++)
        {
            float* copy = to + ((nint)(row - rows.First) * stride);
            if (TKernel.Packing == Packing.Floats)
            {
                new ReadOnlySpan<float>(matrix.At(row, 0), steps).CopyTo(new Span<float>(copy, steps));
                continue;
            }

            HalfConversion.SingleToBFloat16(matrix.At(row, 0), (ushort*)copy, steps);
            if (steps % 2 != 0) ((ushort*)copy)[steps] = 0;
        }

        return new MatrixView((nint)(to - ((nint)rows.First * stride)), matrix.Rows, steps, stride, 1);
    }

    private static bool IsNeeded(MatrixView matrix) => TKernel.Packing != Packing.Floats || !LeftRows.Suits(matrix);

    /// <summary>An odd number of lines, so that rows fall onto different ones of the cache.</summary>
    private static int Stride(int steps) => (((GemmBlocks<TKernel>.Cells(steps) + Line - 1) / Line) | 1) * Line;
}
