using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary>Scales of groups of 16, eight at a time.</summary>
internal static unsafe class ScalesAvx2
{
    /// <summary>Stores each of eight scales twice, for groups of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void StorePairs(float* destination, Vector256<float> scales)
    {
        Vector256<float> low = Avx.UnpackLow(scales, scales), high = Avx.UnpackHigh(scales, scales);
        Avx.Store(destination, Avx.Permute2x128(low, high, 0x20));
        Avx.Store(destination + 8, Avx.Permute2x128(low, high, 0x31));
    }

    /// <summary>Eight bytes, without sign, as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> FromBytes(ulong bytes) =>
        Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(Vector128.CreateScalar(bytes).AsByte()));

    /// <summary>The half scale of each block, twice: <c>[2 blocks]</c> floats.</summary>
    /// <param name="first">The first block's scale.</param>
    /// <param name="stride">Bytes from one block's scale to the next.</param>
    /// <param name="blocks">How many blocks.</param>
    /// <param name="scales">Receives the floats.</param>
    internal static void ExpandHalves(byte* first, int stride, long blocks, float* scales)
    {
        long b = 0;
        for (; b <= blocks - 8; b += 8, first += 8 * stride, scales += 16)
        {
            byte* second = first + 4 * stride;
            Vector128<ushort> halves = Vector128.Create(
                *(ushort*)first, *(ushort*)(first + stride), *(ushort*)(first + 2 * stride), *(ushort*)(first + 3 * stride),
                *(ushort*)second, *(ushort*)(second + stride), *(ushort*)(second + 2 * stride), *(ushort*)(second + 3 * stride));
            StorePairs(scales, HalfAvx2.ToSingle(Avx2.ConvertToVector256Int32(halves)));
        }

        for (; b < blocks; b++, first += stride, scales += 2)
            scales[0] = scales[1] = HalfConversion.HalfToSingle(*(ushort*)first);
    }
}
