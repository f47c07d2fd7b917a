using System.Runtime.CompilerServices;

namespace Candor.Kernels.Quants;

/// <summary>
/// Q8_0: blocks of 32, a half scale and 32 signed bytes. Q8_1 has the half sum of the block after the scale. Q8_K: blocks of
/// 256, a float scale, 256 signed bytes and 16 sums.
/// </summary>
internal static unsafe class Q8Scalar
{
    internal static void DecodeQ8_0(byte* row, long blocks, sbyte* codes, float* scales) => Decode(row, blocks, codes, scales, 34);

    internal static void DecodeQ8_1(byte* row, long blocks, sbyte* codes, float* scales) => Decode(row, blocks, codes, scales, 36);

    internal static void DecodeQ8_K(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 292, codes += 256, scales += 16)
        {
            new Span<float>(scales, 16).Fill(*(float*)row);
            Unsafe.CopyBlockUnaligned(codes, row + 4, 256);
        }
    }

    private static void Decode(byte* row, long blocks, sbyte* codes, float* scales, int bytes)
    {
        for (long b = 0; b < blocks; b++, row += bytes, codes += 32, scales += 2)
        {
            scales[0] = scales[1] = HalfConversion.HalfToSingle(*(ushort*)row);
            Unsafe.CopyBlockUnaligned(codes, row + bytes - 32, 32);
        }
    }
}
