using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>Some columns of a slot as one of their own.</summary>
internal sealed class SliceOperation(Slot input, int offset, Slot output) : Operation
{
    public override void Forward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++) input.Values(r).Slice(offset, output.Width).CopyTo(output.Values(r));
    });

    public override void Backward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++)
        {
            Span<float> to = input.Gradients(r).Slice(offset, output.Width);
            TensorPrimitives.Add(to, output.Gradients(r), to);
        }
    });
}
