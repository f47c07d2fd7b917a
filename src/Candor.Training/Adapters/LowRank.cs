namespace Candor.Training;

/// <summary>
/// A low-rank adapter of one module: W becomes W + scale · B A, and with a magnitude m each row of that is brought to the length that m
/// says (DoRA; Liu et al., arXiv:2402.09353; its length counts as constant on the way back).
/// </summary>
/// <param name="Module">The module's name in Hugging Face folders, without <c>.weight</c>.</param>
/// <param name="A">[rank, inputs].</param>
/// <param name="B">[outputs, rank].</param>
/// <param name="Scale">Factor on the product.</param>
/// <param name="Magnitude">[outputs], or null.</param>
public sealed record LowRank(string Module, Parameter A, Parameter B, float Scale, Parameter? Magnitude)
{
    /// <summary>Its rank; of each expert, where it adapts several.</summary>
    public int Rank => A.Rows / Math.Max(1, Experts);

    /// <summary>
    /// Experts that it adapts, each apart; 0 where it adapts one matrix. A has the rows of one expert after those of another, B the columns of
    /// all experts side by side for each unit of rank, as PEFT has them.
    /// </summary>
    public int Experts { get; init; }

    /// <summary>The name of the matrix that holds the experts, where it adapts them.</summary>
    public string? TargetParameter { get; init; }

    /// <summary>Whether it adapts the table of embeddings: A is by token then.</summary>
    public bool IsEmbedding { get; init; }
}

/// <summary>One learnt factor for each output of a module, or for each input (IA³; Liu et al., arXiv:2205.05638).</summary>
/// <param name="Module">The module's name in Hugging Face folders.</param>
/// <param name="Factors">[outputs] or [inputs].</param>
/// <param name="OfInputs">Whether they belong to inputs.</param>
public sealed record Scaling(string Module, Parameter Factors, bool OfInputs);
