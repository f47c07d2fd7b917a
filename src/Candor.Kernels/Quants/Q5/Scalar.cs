namespace Candor.Kernels.Quants;

/// <summary>
/// Q5_0 and Q5_1: blocks of 32. A half scale, for Q5_1 a half minimum, 32 bits (bit j is the fifth bit of element j), then
/// 16 bytes: the other bits of element j in the low half of byte j, of element j + 16 in its high half.
/// </summary>
internal static unsafe class Q5Scalar
{
    internal static void DecodeQ5_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 22, codes += 32, scales += 2)
        {
            scales[0] = scales[1] = HalfConversion.HalfToSingle(*(ushort*)row);
            Codes(*(uint*)(row + 2), row + 6, codes, 16);
        }
    }

    internal static void DecodeQ5_1(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        for (long b = 0; b < blocks; b++, row += 24, codes += 32, scales += 2, mins += 2)
        {
            scales[0] = scales[1] = HalfConversion.HalfToSingle(*(ushort*)row);
            mins[0] = mins[1] = HalfConversion.HalfToSingle(*(ushort*)(row + 2));
            Codes(*(uint*)(row + 4), row + 8, codes, 0);
        }
    }

    private static void Codes(uint high, byte* low, sbyte* codes, int offset)
    {
        for (int j = 0; j < 16; j++)
        {
            codes[j] = (sbyte)(((low[j] & 15) | (int)(high >> j & 1) << 4) - offset);
            codes[j + 16] = (sbyte)(((low[j] >> 4) | (int)(high >> (j + 16) & 1) << 4) - offset);
        }
    }
}
