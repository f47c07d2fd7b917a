using Candor.Kernels;
using Candor.Models;

namespace Candor.Training;

/// <summary>Turns the heads of queries or keys in place; on the way back their gradients turn the other way.</summary>
internal sealed unsafe class RopeOperation(Slot slot, int heads, int headSize, int offset, RopePairing pairing, RopeAngles angles) : Operation
{
    public override void Forward(Pass pass) => Turn(pass, slot.Value, angles.Forward(pass));

    public override void Backward(Pass pass) => Turn(pass, slot.Gradient, angles.Backward(pass));

    private void Turn(Pass pass, float* data, nint table)
    {
        int pairs = angles.Pairs;
        foreach (Segment segment in pass.Segments)
            pass.Run(segment.Count, 16, (begin, end, _) =>
            {
                for (int p = begin; p < end; p++)
                {
                    float* angle = (float*)table + ((nint)p * 2 * pairs);
                    float* row = data + ((nint)(segment.Begin + p) * slot.Width) + offset;
                    for (int h = 0; h < heads; h++)
                    {
                        if (pairing == RopePairing.Halves) Rope.Halves(row + (h * headSize), angle, pairs);
                        else Rope.Neighbours(row + (h * headSize), angle, pairs);
                    }
                }
            });
    }
}
