namespace Candor.Kernels;

/// <summary>A float32 matrix somewhere in memory, [rows, columns], with any distance between neighbours. It owns nothing.</summary>
/// <param name="Data">Element (0, 0).</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="RowStride">Elements from one row to the next.</param>
/// <param name="ColumnStride">Elements from one column to the next.</param>
public readonly unsafe record struct MatrixView(nint Data, int Rows, int Columns, nint RowStride, nint ColumnStride)
{
    /// <summary>A matrix whose rows lie one after the other.</summary>
    public MatrixView(float* data, int rows, int columns)
        : this((nint)data, rows, columns, columns, 1)
    {
    }

    /// <summary>A part of the columns of a matrix of wider rows.</summary>
    public MatrixView(float* data, int rows, int columns, nint rowStride)
        : this((nint)data, rows, columns, rowStride, 1)
    {
    }

    /// <summary>The same numbers with rows and columns swapped.</summary>
    public MatrixView Transposed => new(Data, Columns, Rows, ColumnStride, RowStride);

    /// <summary>Sets all elements to zero; its columns lie side by side.</summary>
    public void Clear()
    {
        for (int row = 0; row < Rows; row++) new Span<float>(At(row, 0), Columns).Clear();
    }

    internal float* Pointer => (float*)Data;

    internal float* At(int row, int column) => (float*)Data + (row * RowStride) + (column * ColumnStride);
}
