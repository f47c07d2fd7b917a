using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>To TQ1_0 and TQ2_0: the largest magnitude is the scale, and each value rounds to -1, 0 or 1 of it.</summary>
internal static unsafe class TernaryQuantizer
{
    internal static void ToTQ1_0(float* source, byte* row, long blocks)
    {
        for (long b = 0; b < blocks; b++, source += 256, row += 54)
        {
            float d = MathF.Abs(BlockExtremes.Largest(source, 256));
            float inverse = BlockExtremes.Inverse(d);
            *(ushort*)(row + 52) = SourceCheck.ToHalf(ElementType.TQ1_0, d, b);
            Digits(source, inverse, 32, 5, row);
            Digits(source + 160, inverse, 16, 5, row + 32);
            Digits(source + 240, inverse, 4, 4, row + 48);
        }
    }

    internal static void ToTQ2_0(float* source, byte* row, long blocks)
    {
        for (long b = 0; b < blocks; b++, source += 256, row += 66)
        {
            float d = MathF.Abs(BlockExtremes.Largest(source, 256));
            float inverse = BlockExtremes.Inverse(d);
            *(ushort*)(row + 64) = SourceCheck.ToHalf(ElementType.TQ2_0, d, b);
            for (int i = 0; i < 64; i++)
            {
                float* run = source + (i >> 5) * 128 + (i & 31);
                row[i] = (byte)(Digit(run[0] * inverse) | Digit(run[32] * inverse) << 2 | Digit(run[64] * inverse) << 4 | Digit(run[96] * inverse) << 6);
            }
        }
    }

    // Five base-3 digits a byte, the first the most significant, as a fraction of 256 rounded up; a missing fifth is 0.
    private static void Digits(float* source, float inverse, int width, int digits, byte* packed)
    {
        for (int m = 0; m < width; m++)
        {
            int number = 0;
            for (int n = 0; n < 5; n++)
                number = number * 3 + (n < digits ? Digit(source[n * width + m] * inverse) : 0);
            packed[m] = (byte)((number * 256 + 242) / 243);
        }
    }

    private static int Digit(float value) => (int)MathF.Round(value, MidpointRounding.AwayFromZero) + 1;
}
