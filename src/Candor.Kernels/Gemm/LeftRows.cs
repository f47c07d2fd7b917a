namespace Candor.Kernels.Gemms;

/// <summary>Rows of cells of a left matrix.</summary>
/// <param name="first">The first cell of the first row.</param>
/// <param name="stride">Cells from one row to the next.</param>
/// <param name="steps">Cells along the sum.</param>
internal readonly unsafe struct LeftRows(float* first, nint stride, int steps)
{
    // Bytes after which memory falls onto the same lines of the first cache.
    private const int CachePeriod = 4096;

    public float* First => first;

    public nint Stride => stride;

    public int Steps => steps;

    /// <summary>The rows from one on.</summary>
    public LeftRows From(int row) => new(first + (row * stride), stride, steps);

    /// <summary>
    /// Whether a matrix can be read like this: the steps of a row lie side by side, and its rows not where each drives the one before out of the cache.
    /// </summary>
    public static bool Suits(MatrixView matrix) => matrix.ColumnStride == 1 && matrix.RowStride * sizeof(float) % CachePeriod != 0;

    /// <summary>Rows of a matrix from one on, and cells from one on.</summary>
    public static LeftRows Of(MatrixView matrix, int row, int step, int steps) => new(matrix.At(row, step), matrix.RowStride, steps);
}
