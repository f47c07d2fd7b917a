namespace Candor.Training;

/// <summary>A low-rank adapter of one matrix: it adds scale · B A.</summary>
/// <param name="Module">The matrix's name in the files, without <c>.weight</c>.</param>
/// <param name="Target">The matrix.</param>
/// <param name="A">[rank, inputs].</param>
/// <param name="B">[outputs, rank].</param>
/// <param name="Scale">Factor on the product.</param>
public sealed record LowRank(string Module, Parameter Target, Parameter A, Parameter B, float Scale)
{
    /// <summary>Its rank.</summary>
    public int Rank => A.Rows;
}
