namespace Candor.Training;

/// <summary>One layer as operations over slots: it reads the residual stream and leaves it changed.</summary>
/// <param name="Input">The residual stream before the layer.</param>
/// <param name="Output">The residual stream behind it.</param>
/// <param name="Inner">Slots in between.</param>
/// <param name="Operations">In the order of the way forward.</param>
internal sealed record LayerGraph(Slot Input, Slot Output, IReadOnlyList<Slot> Inner, IReadOnlyList<Operation> Operations)
{
    public void Forward(Pass pass)
    {
        foreach (Operation operation in Operations) operation.Forward(pass);
    }

    public void Backward(Pass pass)
    {
        for (int i = Operations.Count - 1; i >= 0; i--) Operations[i].Backward(pass);
    }
}
