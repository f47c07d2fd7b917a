namespace Candor.Kernels.Quants;

/// <summary>
/// Q6_K: super-blocks of 256. 128 bytes of low four bits, 64 bytes of high two bits, 16 signed byte scales, a half scale. In
/// each half of 128 elements, four runs of 32: runs 0 and 1 are the low halves of 64 bytes, runs 2 and 3 the high halves; bits
/// 2j and 2j + 1 of 32 bytes belong to run j.
/// </summary>
internal static unsafe class Q6KScalar
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 210, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)(row + 208));
            for (int g = 0; g < 16; g++) scales[g] = d * (sbyte)row[192 + g];
            for (int i = 0; i < 256; i++)
            {
                int half = i >> 7, run = i >> 5 & 3, l = i & 31;
                int low = row[half * 64 + (run & 1) * 32 + l] >> (run >> 1) * 4 & 15;
                int high = row[128 + half * 32 + l] >> run * 2 & 3;
                codes[i] = (sbyte)((low | high << 4) - 32);
            }
        }
    }
}
