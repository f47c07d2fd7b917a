using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Int8;

/// <summary>Rounds activations to <see cref="ActivationCodes"/>: scale = largest magnitude / 127, ties to even.</summary>
internal static unsafe class ActivationQuantizer
{
    /// <summary>Rounds a row. A group with an infinity or not-a-number gets the scale not-a-number, so that it reaches the output.</summary>
    public static void Quantize(float* values, int columns, ActivationCodeRow row)
    {
        for (int c = 0, g = 0; c < columns; c += ActivationCodes.Step, g += 2)
        {
            float sum = 0;
            for (int half = 0; half < 2; half++)
            {
                float* x = values + c + (16 * half);
                sbyte* codes = row.Codes + c + (16 * half);
                (float scale, int total) = Avx2.IsSupported ? Avx2Group(x, codes) : ScalarGroup(x, codes);
                row.Scales[g + half] = scale;
                row.Sums16[g + half] = scale * total;
                sum += scale * total;
            }

            row.Sums32[g / 2] = sum;
        }
    }

    /// <summary>Rounds 16 values; returns the scale and the sum of the codes.</summary>
    internal static (float Scale, int Total) ScalarGroup(float* x, sbyte* codes)
    {
        float most = 0;
        for (int i = 0; i < 16; i++) most = Math.Max(most, Math.Abs(x[i]));
        (float scale, float inverse) = Scales(most);
        int total = 0;
        for (int i = 0; i < 16; i++)
        {
            int code = inverse == 0 ? 0 : (int)MathF.Round(x[i] * inverse);
            codes[i] = (sbyte)code;
            total += code;
        }

        return (scale, total);
    }

    /// <summary>As <see cref="ScalarGroup"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (float Scale, int Total) Avx2Group(float* x, sbyte* codes)
    {
        Vector256<float> a = Vector256.Load(x), b = Vector256.Load(x + 8);
        Vector256<float> most8 = Vector256.Max(Vector256.Abs(a), Vector256.Abs(b));
        Vector128<float> most4 = Vector128.Max(most8.GetLower(), most8.GetUpper());
        most4 = Vector128.Max(most4, Vector128.Shuffle(most4, Vector128.Create(2, 3, 0, 1)));
        (float scale, float inverse) = Scales(Vector128.Max(most4, Vector128.Shuffle(most4, Vector128.Create(1, 0, 3, 2))).ToScalar());
        if (inverse == 0)
        {
            Vector128<sbyte>.Zero.Store(codes);
            return (scale, 0);
        }

        Vector256<float> factor = Vector256.Create(inverse);
        Vector256<int> low = Avx.ConvertToVector256Int32(a * factor), high = Avx.ConvertToVector256Int32(b * factor);
        Vector256<short> words = Avx2.Permute4x64(Avx2.PackSignedSaturate(low, high).AsInt64(), 0b11_01_10_00).AsInt16();
        Sse2.PackSignedSaturate(words.GetLower(), words.GetUpper()).Store(codes);
        return (scale, Vector256.Sum(low + high));
    }

    private static (float Scale, float Inverse) Scales(float most)
    {
        // Below about 2^-126 * 127 the quotient overflows, and such a group is zero for all that is added to it.
        if (most < 1e-35f) return (0, 0);
        return most <= float.MaxValue ? (most / 127, 127 / most) : (float.NaN, 0);
    }
}
