namespace Candor.Models;

/// <summary>
/// One step of a plan: reads and writes named buffers of a <see cref="Workspace"/>. Immutable after compilation, so one
/// plan serves sessions on several threads.
/// </summary>
internal abstract class Step
{
    /// <summary>The point that lies after this step, or null.</summary>
    public TapPoint? Tap { get; init; }

    /// <summary>The buffer that the point shows.</summary>
    public int TapBuffer { get; init; }

    /// <summary>What it does, for people: <c>layer.3 norm residual → normed</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>The matrices that it multiplies with.</summary>
    public virtual IEnumerable<Kernels.WeightMatrix> Matrices => [];

    /// <summary>Does it for all rows of the workspace.</summary>
    public abstract void Run(Workspace w);

    /// <summary>The body of a parallel loop that <see cref="Run"/> started.</summary>
    public virtual void Range(Workspace w, int begin, int end, int worker) => throw new InvalidOperationException("this step has no parallel part");
}
