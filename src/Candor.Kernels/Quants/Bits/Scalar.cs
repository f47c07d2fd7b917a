namespace Candor.Kernels.Quants;

/// <summary>
/// Q1_0: blocks of 128, a half scale and 128 bits, 0 for -1 and 1 for 1. Q2_0: blocks of 64, a half scale and 64 times two
/// bits, 0 to 3 for -1 to 2. The first element is in the lowest bits.
/// </summary>
internal static unsafe class BitsScalar
{
    internal static void DecodeQ1_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 18, codes += 128, scales += 8)
        {
            new Span<float>(scales, 8).Fill(HalfConversion.HalfToSingle(*(ushort*)row));
            for (int i = 0; i < 128; i++) codes[i] = (sbyte)((row[2 + i / 8] >> (i & 7) & 1) * 2 - 1);
        }
    }

    internal static void DecodeQ2_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 18, codes += 64, scales += 4)
        {
            new Span<float>(scales, 4).Fill(HalfConversion.HalfToSingle(*(ushort*)row));
            for (int i = 0; i < 64; i++) codes[i] = (sbyte)((row[2 + i / 4] >> (i & 3) * 2 & 3) - 1);
        }
    }
}
