using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Integer;

/// <summary>Rounds activations to <see cref="ActivationCodes"/>: scale = largest magnitude / 127, ties to even.</summary>
internal static unsafe class ActivationQuantizer
{
    /// <summary>Rounds a row. A group with an infinity or not-a-number gets the scale not-a-number, so that it reaches the output.</summary>
    public static void Quantize(float* values, int columns, ActivationCodeRow row)
    {
        for (int c = 0; c < columns; c += ActivationCodes.Step)
        {
            float sum32 = 0;
            for (int half = 0; half < 2; half++)
            {
                float sum16 = 0;
                for (int i = c + (16 * half), end = i + 16; i < end; i += ActivationCodes.Group)
                {
                    (float scale, int total) = Avx2.IsSupported ? Avx2Group(values + i, row.Codes + i) : ScalarGroup(values + i, row.Codes + i);
                    row.Scales[i / ActivationCodes.Group] = scale;
                    sum16 += scale * total;
                }

                row.Sums16[(c / 16) + half] = sum16;
                sum32 += sum16;
            }

            row.Sums32[c / ActivationCodes.Step] = sum32;
        }
    }

    /// <summary>Rounds one group; returns the scale and the sum of the codes.</summary>
    internal static (float Scale, int Total) ScalarGroup(float* x, sbyte* codes)
    {
        float most = 0;
        for (int i = 0; i < ActivationCodes.Group; i++) most = Math.Max(most, Math.Abs(x[i]));
        (float scale, float inverse) = Scales(most);
        int total = 0;
        for (int i = 0; i < ActivationCodes.Group; i++)
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
        Vector256<float> a = Vector256.Load(x), most8 = Vector256.Abs(a);
        Vector128<float> most4 = Vector128.Max(most8.GetLower(), most8.GetUpper());
        most4 = Vector128.Max(most4, Vector128.Shuffle(most4, Vector128.Create(2, 3, 0, 1)));
        (float scale, float inverse) = Scales(Vector128.Max(most4, Vector128.Shuffle(most4, Vector128.Create(1, 0, 3, 2))).ToScalar());
        if (inverse == 0)
        {
            *(long*)codes = 0;
            return (scale, 0);
        }

        Vector256<int> rounded = Avx.ConvertToVector256Int32(a * Vector256.Create(inverse));
        Vector128<short> words = Sse2.PackSignedSaturate(rounded.GetLower(), rounded.GetUpper());
        *(long*)codes = Sse2.PackSignedSaturate(words, words).AsInt64().ToScalar();
        return (scale, Vector256.Sum(rounded));
    }

    private static (float Scale, float Inverse) Scales(float most)
    {
        // Below about 2^-126 * 127 the quotient overflows, and such a group is zero for all that is added to it.
        if (most < 1e-35f) return (0, 0);
        return most <= float.MaxValue ? (most / 127, 127 / most) : (float.NaN, 0);
    }
}
