namespace Candor.Kernels;

/// <summary>A product of low rank that is added to another one, as an adapter's: it costs a few steps more of the same sum. It owns nothing.</summary>
/// <param name="Left">[rows, rank].</param>
/// <param name="Right">[rank, columns].</param>
public readonly record struct LowRankTerm(MatrixView Left, MatrixView Right)
{
    /// <summary>Its rank; 0 where there is none.</summary>
    public int Rank => Left.Columns;
}
