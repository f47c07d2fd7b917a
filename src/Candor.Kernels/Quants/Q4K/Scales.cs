using System.Runtime.CompilerServices;

namespace Candor.Kernels.Quants;

/// <summary>The twelve bytes of six-bit scales and minima that Q4_K and Q5_K share.</summary>
internal static unsafe class Q4KScales
{
    /// <summary>
    /// Eight scales and eight minima, 0 to 63, one a byte. The first four of each are the low six bits of bytes 0-3 and 4-7;
    /// the others have their low bits in bytes 8-11 (scale low, minimum high) and their upper two bits atop the first ones.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (ulong Scales, ulong Mins) Unpack(byte* packed)
    {
        uint a = *(uint*)packed, b = *(uint*)(packed + 4), c = *(uint*)(packed + 8);
        uint scalesHigh = (c & 0x0F0F0F0F) | (a >> 2 & 0x30303030);
        uint minsHigh = (c >> 4 & 0x0F0F0F0F) | (b >> 2 & 0x30303030);
        return ((a & 0x3F3F3F3F) | (ulong)scalesHigh << 32, (b & 0x3F3F3F3F) | (ulong)minsHigh << 32);
    }

    /// <summary>The twelve bytes of eight scales and eight minima, each 0 to 63.</summary>
    internal static void Pack(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, byte* packed)
    {
        for (int g = 0; g < 4; g++)
        {
            packed[g] = (byte)(scales[g] | scales[g + 4] >> 4 << 6);
            packed[g + 4] = (byte)(minima[g] | minima[g + 4] >> 4 << 6);
            packed[g + 8] = (byte)(scales[g + 4] & 15 | minima[g + 4] << 4);
        }
    }

    /// <summary>Scales and minima of 16 groups of 16 (each pair alike) from the head of a block.</summary>
    internal static void Expand(byte* block, float* scales, float* mins)
    {
        float d = HalfConversion.HalfToSingle(*(ushort*)block);
        float dmin = HalfConversion.HalfToSingle(*(ushort*)(block + 2));
        (ulong s, ulong m) = Unpack(block + 4);
        for (int g = 0; g < 8; g++)
        {
            scales[2 * g] = scales[2 * g + 1] = d * (byte)(s >> 8 * g);
            mins[2 * g] = mins[2 * g + 1] = -dmin * (byte)(m >> 8 * g);
        }
    }
}
