namespace Candor.Kernels.Quants;

/// <summary>
/// Q5_K: as Q4_K, with 32 bytes of fifth bits between the scales and the codes: bit j of byte l is that of element 32j + l.
/// </summary>
internal static unsafe class Q5KScalar
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        for (long b = 0; b < blocks; b++, row += 176, codes += 256, scales += 16, mins += 16)
        {
            Q4KScales.Expand(row, scales, mins);
            for (int i = 0; i < 256; i++)
            {
                int low = row[48 + (i >> 6) * 32 + (i & 31)] >> (i >> 5 & 1) * 4 & 15;
                int high = row[16 + (i & 31)] >> (i >> 5) & 1;
                codes[i] = (sbyte)(low | high << 4);
            }
        }
    }
}
