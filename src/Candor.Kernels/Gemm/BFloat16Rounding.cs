using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Gemms;

/// <summary>Rounds float32 to the nearest bfloat16, ties to even, as PyTorch and <c>vcvtneps2bf16</c> do.</summary>
internal static class BFloat16Rounding
{
    /// <summary>The bits in the upper halves, zeros in the lower ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Bits(Vector256<float> x)
    {
        Vector256<uint> bits = x.AsUInt32();
        Vector256<uint> rounded = bits + Vector256.Create(0x7FFFu) + ((bits >>> 16) & Vector256.Create(1u));

        // What is no number stays none: rounding could carry its bits over into a number.
        Vector256<uint> none = Vector256.IsNaN(x).AsUInt32();
        return Vector256.ConditionalSelect(none, bits | Vector256.Create(0x00400000u), rounded) & Vector256.Create(0xFFFF0000u);
    }
}
