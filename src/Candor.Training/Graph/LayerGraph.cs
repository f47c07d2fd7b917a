namespace Candor.Training;

/// <summary>One layer as operations over slots: it reads the residual stream and leaves it changed.</summary>
/// <param name="Input">The residual stream before the layer.</param>
/// <param name="Output">The residual stream behind it.</param>
/// <param name="Inner">Slots in between.</param>
/// <param name="Operations">In the order of the way forward.</param>
/// <param name="Passing">Inner slots whose values the way back does not need, or that <paramref name="Again"/> makes anew: layers share their memory.</param>
/// <param name="Again">Operations that cost little beside the memory of their outputs; they run again before the way back.</param>
internal sealed record LayerGraph(Slot Input, Slot Output, IReadOnlyList<Slot> Inner, IReadOnlyList<Operation> Operations, IReadOnlyList<Slot> Passing, IReadOnlyList<Operation> Again)
{
    /// <summary>Inner slots whose values stay until the way back.</summary>
    public IReadOnlyList<Slot> Kept { get; } = [.. Inner.Except(Passing)];

    public void Forward(Pass pass)
    {
        foreach (Operation operation in Operations) operation.Forward(pass);
    }

    /// <summary>Makes values anew that were not kept.</summary>
    public void Restore(Pass pass)
    {
        foreach (Operation operation in Again) operation.Forward(pass);
    }

    public void Backward(Pass pass)
    {
        for (int i = Operations.Count - 1; i >= 0; i--) Operations[i].Backward(pass);
    }
}
