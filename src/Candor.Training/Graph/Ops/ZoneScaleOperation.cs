using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>Multiplies zones of a slot's columns by constants, in place; on the way back their gradients alike (Falcon-H1).</summary>
/// <param name="slot">What lies in zones.</param>
/// <param name="zones">Width and factor of each zone, from the first column on.</param>
internal sealed class ZoneScaleOperation(Slot slot, IReadOnlyList<(int Width, float Factor)> zones) : Operation
{
    public override void Forward(Pass pass) => Scale(pass, slot.Values);

    public override void Backward(Pass pass) => Scale(pass, slot.Gradients);

    private void Scale(Pass pass, RowOf row) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++)
        {
            Span<float> rest = row(r);
            foreach ((int width, float factor) in zones)
            {
                TensorPrimitives.Multiply(rest[..width], factor, rest[..width]);
                rest = rest[width..];
            }
        }
    });

    private delegate Span<float> RowOf(int row);
}
