namespace Candor.Kernels.Quants;

/// <summary>
/// To MXFP4: the exponent puts the largest magnitude between 4 and 8 (so that it becomes 4 or 6), and each value takes the
/// nearest code, the first of equals.
/// </summary>
internal static unsafe class Fp4Quantizer
{
    internal static void ToMXFP4(float* source, byte* row, long blocks)
    {
        for (long b = 0; b < blocks; b++, source += 32, row += 17)
        {
            float largest = MathF.Abs(BlockExtremes.Largest(source, 32));
            // Clamped where ggml wraps around: 255 is NaN to other readers of the format.
            float exponent = largest > 0 ? Math.Clamp(MathF.Floor(MathF.Log2(largest)) - 2 + 127, 0, 254) : 0;
            row[0] = (byte)exponent;
            float scale = Fp4Scales.HalfOfE8M0(row[0]);
            for (int j = 0; j < 16; j++)
                row[1 + j] = (byte)(Nearest(source[j], scale) | Nearest(source[j + 16], scale) << 4);
        }
    }

    // Codes of the other sign are never nearer than 0, and errors fall and then rise along the magnitudes.
    private static int Nearest(float value, float scale)
    {
        float magnitude = MathF.Abs(value), least = magnitude;
        ReadOnlySpan<sbyte> levels = Iq4Scalar.Fp4;
        int best = 0;
        for (int code = 1; code < 8; code++)
        {
            float error = MathF.Abs(levels[code] * scale - magnitude);
            if (error >= least) break;
            least = error;
            best = code;
        }

        return best != 0 && value < 0 ? best + 8 : best;
    }
}
