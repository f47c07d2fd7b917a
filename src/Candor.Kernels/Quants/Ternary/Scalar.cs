namespace Candor.Kernels.Quants;

/// <summary>
/// The ternary types of BitNet models: super-blocks of 256 of -1, 0, 1 with a half scale at the end. TQ2_0 holds two bits an
/// element: bits 2j and 2j + 1 of 32 bytes are a run of 32. TQ1_0 holds five elements a byte as a fraction in base 3 (48 bytes,
/// runs of 32 and then of 16), and the last 16 elements four a byte.
/// </summary>
internal static unsafe class TernaryScalar
{
    internal static void DecodeTQ1_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 54, codes += 256, scales += 16)
        {
            new Span<float>(scales, 16).Fill(HalfConversion.HalfToSingle(*(ushort*)(row + 52)));
            Digits(row, 32, 5, codes);
            Digits(row + 32, 16, 5, codes + 160);
            Digits(row + 48, 4, 4, codes + 240);
        }
    }

    internal static void DecodeTQ2_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 66, codes += 256, scales += 16)
        {
            new Span<float>(scales, 16).Fill(HalfConversion.HalfToSingle(*(ushort*)(row + 64)));
            for (int i = 0; i < 256; i++)
                codes[i] = (sbyte)((row[(i >> 7) * 32 + (i & 31)] >> (i >> 5 & 3) * 2 & 3) - 1);
        }
    }

    // A byte is a fraction of 256: three times it carries its first digit into the ninth bit.
    private static void Digits(byte* bytes, int width, int digits, sbyte* codes)
    {
        int power = 1;
        for (int n = 0; n < digits; n++, power *= 3)
            for (int m = 0; m < width; m++)
                codes[n * width + m] = (sbyte)(((byte)(bytes[m] * power) * 3 >> 8) - 1);
    }
}
