namespace Candor.Kernels.Quants;

/// <summary>
/// Q4_K: super-blocks of 256. A half scale of the scales and one of the minima, twelve bytes of those, 128 bytes of codes:
/// of each 32 bytes the low halves are 32 elements and the high halves the next 32.
/// </summary>
internal static unsafe class Q4KScalar
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        for (long b = 0; b < blocks; b++, row += 144, codes += 256, scales += 16, mins += 16)
        {
            Q4KScales.Expand(row, scales, mins);
            for (int i = 0; i < 256; i++)
                codes[i] = (sbyte)(row[16 + (i >> 6) * 32 + (i & 31)] >> (i >> 5 & 1) * 4 & 15);
        }
    }
}
