using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>out = a + factor · b: a branch joins the residual stream.</summary>
internal sealed class SumOperation(Slot a, Slot b, Slot output, float factor = 1) : Operation
{
    public override void Forward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++) TensorPrimitives.MultiplyAdd(b.Values(r), factor, a.Values(r), output.Values(r));
    });

    public override void Backward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++)
        {
            TensorPrimitives.Add(a.Gradients(r), output.Gradients(r), a.Gradients(r));
            TensorPrimitives.MultiplyAdd(output.Gradients(r), factor, b.Gradients(r), b.Gradients(r));
        }
    });
}
