namespace Candor.Kernels;

/// <summary>A weight as it is stored, of any type, as the right side of a product. It owns nothing.</summary>
/// <param name="Weight">The weight, [rows, columns].</param>
/// <param name="IsTransposed">Whether rows and columns are swapped in the product.</param>
public readonly record struct StoredView(WeightMatrix Weight, bool IsTransposed)
{
    /// <summary>Rows in the product.</summary>
    public int Rows => IsTransposed ? Weight.Columns : Weight.Rows;

    /// <summary>Columns in the product.</summary>
    public int Columns => IsTransposed ? Weight.Rows : Weight.Columns;
}
