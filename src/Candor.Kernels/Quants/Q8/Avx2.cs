using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q8Scalar"/> of blocks of 32, a block at a time.</summary>
internal static unsafe class Q8Avx2
{
    internal static void DecodeQ8_0(byte* row, long blocks, sbyte* codes, float* scales) => Decode(row, blocks, codes, scales, 34);

    internal static void DecodeQ8_1(byte* row, long blocks, sbyte* codes, float* scales) => Decode(row, blocks, codes, scales, 36);

    private static void Decode(byte* row, long blocks, sbyte* codes, float* scales, int bytes)
    {
        ScalesAvx2.ExpandHalves(row, bytes, blocks, scales);
        row += bytes - 32;
        for (long b = 0; b < blocks; b++, row += bytes, codes += 32)
            Avx.Store((byte*)codes, Avx.LoadVector256(row));
    }
}
