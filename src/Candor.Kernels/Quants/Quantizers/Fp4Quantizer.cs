using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// To MXFP4: the exponent puts the largest magnitude between 4 and 8 (so that it becomes 4 or 6), and each value takes the
/// nearest code, the first of equals. To NVFP4: the scale of each 16 values is searched.
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

    internal static void ToNVFP4(float* source, float* importance, byte* row, long blocks)
    {
        float* halves = Fp4Scales.HalvesOfUE4M3, buffer = stackalloc float[32];
        for (long b = 0; b < blocks; b++, row += 36)
            for (int g = 0; g < 4; g++, source += 16, importance = Importance.Next(importance, 16))
            {
                SearchBlock block = SearchBlock.Load(source, importance, 16, buffer);
                if (Math.ScaleB(1, block.Exponent) > 12 * halves[0x7E])
                    throw new QuantizationException(ElementType.NVFP4, 64 * b + 16 * g, $"values from {Math.ScaleB(1, block.Exponent):R} on are beyond the type's scales");
                var coder = new LevelCoder<TableLevels>(block, LevelTables.Fp4, 1, 16);
                byte best = 0;
                double least = double.PositiveInfinity;
                // Codes of scales rise with them: the best one stands near the best scale of all.
                float wanted = block.IsZero ? 0 : MathF.ScaleB(ScaleSearch.BestScale(ref coder, 0, 1, out _), block.Exponent);
                int near = new ReadOnlySpan<float>(halves, 0x7F).BinarySearch(wanted);
                near = near < 0 ? ~near : near;
                for (int code = Math.Max(0, near - 3); code <= Math.Min(0x7E, near + 3); code++)
                {
                    double error = coder.At(0, MathF.ScaleB(halves[code], -block.Exponent)).Error;
                    if (error < least) (least, best) = (error, (byte)code);
                }

                row[g] = best;
                float scale = halves[best];
                for (int j = 0; j < 8; j++)
                    row[4 + 8 * g + j] = (byte)(Nearest(source[j], scale) | Nearest(source[j + 8], scale) << 4);
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
