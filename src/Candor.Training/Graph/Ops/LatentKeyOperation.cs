using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>Joins each head's own part of the key with the rotary part that all heads share (DeepSeek-V2, arXiv:2405.04434).</summary>
/// <param name="parts">[heads · own].</param>
/// <param name="rotary">[rope].</param>
/// <param name="key">[heads · (own + rope)].</param>
/// <param name="heads">Heads.</param>
internal sealed class LatentKeyOperation(Slot parts, Slot rotary, Slot key, int heads) : Operation
{
    private readonly int own = parts.Width / heads, whole = key.Width / heads;

    public override void Forward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++)
            for (int h = 0; h < heads; h++)
            {
                Span<float> to = key.Values(r).Slice(h * whole, whole);
                parts.Values(r).Slice(h * own, own).CopyTo(to);
                rotary.Values(r).CopyTo(to[own..]);
            }
    });

    public override void Backward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++)
            for (int h = 0; h < heads; h++)
            {
                ReadOnlySpan<float> from = key.Gradients(r).Slice(h * whole, whole);
                Span<float> part = parts.Gradients(r).Slice(h * own, own), turned = rotary.Gradients(r);
                TensorPrimitives.Add(part, from[..own], part);
                TensorPrimitives.Add(turned, from[own..], turned);
            }
    });
}
