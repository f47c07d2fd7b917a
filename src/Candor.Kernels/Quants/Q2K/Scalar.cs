namespace Candor.Kernels.Quants;

/// <summary>
/// Q2_K: super-blocks of 256. 16 bytes of scale (low half) and minimum (high half) for groups of 16, 64 bytes of codes (in
/// each half of 128 elements, bits 2j and 2j + 1 of 32 bytes are elements 32j to 32j + 31), a half scale of the scales and one
/// of the minima.
/// </summary>
internal static unsafe class Q2KScalar
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        for (long b = 0; b < blocks; b++, row += 84, codes += 256, scales += 16, mins += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)(row + 80));
            float dmin = HalfConversion.HalfToSingle(*(ushort*)(row + 82));
            for (int g = 0; g < 16; g++)
            {
                scales[g] = d * (row[g] & 15);
                mins[g] = -dmin * (row[g] >> 4);
            }

            for (int i = 0; i < 256; i++)
                codes[i] = (sbyte)(row[16 + (i >> 7) * 32 + (i & 31)] >> (i >> 5 & 3) * 2 & 3);
        }
    }
}
