using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q4Scalar"/>, a block at a time.</summary>
internal static unsafe class Q4Avx2
{
    internal static void DecodeQ4_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ScalesAvx2.ExpandHalves(row, 18, blocks, scales);
        for (long b = 0; b < blocks; b++, row += 18, codes += 32)
            Avx.Store(codes, Avx2.Subtract(UnpackAvx2.Nibbles(row + 2).AsSByte(), Vector256.Create((sbyte)8)));
    }

    internal static void DecodeQ4_1(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        ScalesAvx2.ExpandHalves(row, 20, blocks, scales);
        ScalesAvx2.ExpandHalves(row + 2, 20, blocks, mins);
        for (long b = 0; b < blocks; b++, row += 20, codes += 32)
            Avx.Store(codes, UnpackAvx2.Nibbles(row + 4).AsSByte());
    }
}
