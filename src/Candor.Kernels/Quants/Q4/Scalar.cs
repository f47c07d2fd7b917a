namespace Candor.Kernels.Quants;

/// <summary>
/// Q4_0 and Q4_1: blocks of 32. A half scale, for Q4_1 a half minimum, then 16 bytes: element j in the low half of byte j,
/// element j + 16 in its high half.
/// </summary>
internal static unsafe class Q4Scalar
{
    internal static void DecodeQ4_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 18, codes += 32, scales += 2)
        {
            scales[0] = scales[1] = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int j = 0; j < 16; j++)
            {
                codes[j] = (sbyte)((row[2 + j] & 15) - 8);
                codes[j + 16] = (sbyte)((row[2 + j] >> 4) - 8);
            }
        }
    }

    internal static void DecodeQ4_1(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        for (long b = 0; b < blocks; b++, row += 20, codes += 32, scales += 2, mins += 2)
        {
            scales[0] = scales[1] = HalfConversion.HalfToSingle(*(ushort*)row);
            mins[0] = mins[1] = HalfConversion.HalfToSingle(*(ushort*)(row + 2));
            for (int j = 0; j < 16; j++)
            {
                codes[j] = (sbyte)(row[4 + j] & 15);
                codes[j + 16] = (sbyte)(row[4 + j] >> 4);
            }
        }
    }
}
