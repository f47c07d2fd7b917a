namespace Candor.Training;

/// <summary>One differentiable step of the network. Values of its inputs are still there when it goes back.</summary>
internal abstract class Operation
{
    /// <summary>Reads inputs, writes outputs.</summary>
    public abstract void Forward(Pass pass);

    /// <summary>Adds to the gradients of inputs and parameters what the gradients of outputs cause. Outputs' gradients are complete by then.</summary>
    public abstract void Backward(Pass pass);
}
