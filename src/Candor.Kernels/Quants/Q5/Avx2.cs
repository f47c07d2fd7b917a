using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q5Scalar"/>, a block at a time.</summary>
internal static unsafe class Q5Avx2
{
    internal static void DecodeQ5_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ScalesAvx2.ExpandHalves(row, 22, blocks, scales);
        for (long b = 0; b < blocks; b++, row += 22, codes += 32)
        {
            // Less 16 where the fifth bit is not set: for four bits that is to set the upper four.
            Vector256<byte> minus16 = Avx2.AndNot(UnpackAvx2.SpreadBits(*(uint*)(row + 2)), Vector256.Create((byte)0xF0));
            Avx.Store((byte*)codes, Avx2.Or(UnpackAvx2.Nibbles(row + 6), minus16));
        }
    }

    internal static void DecodeQ5_1(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        ScalesAvx2.ExpandHalves(row, 24, blocks, scales);
        ScalesAvx2.ExpandHalves(row + 2, 24, blocks, mins);
        for (long b = 0; b < blocks; b++, row += 24, codes += 32)
        {
            Vector256<byte> plus16 = Avx2.And(UnpackAvx2.SpreadBits(*(uint*)(row + 4)), Vector256.Create((byte)16));
            Avx.Store((byte*)codes, Avx2.Or(UnpackAvx2.Nibbles(row + 8), plus16));
        }
    }
}
