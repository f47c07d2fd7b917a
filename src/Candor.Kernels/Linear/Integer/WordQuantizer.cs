using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Integer;

/// <summary>Rounds activations to <see cref="ActivationWords"/>: ties to even.</summary>
internal static unsafe class WordQuantizer
{
    // The largest integer whose high and low byte, 256 · high + low, both have a sign.
    private const int Most = (127 * 256) + 127;

    /// <summary>Rounds a row. A group with an infinity or not-a-number gets the scale not-a-number, so that it reaches the output.</summary>
    public static void Quantize(float* values, int columns, ActivationWordRow row)
    {
        for (int c = 0, g = 0; c < columns; c += ActivationWords.Group, g++)
            Round(values + c, row.Words + c).Store(row.Scales, row.Sums16, row.Sums32, g);
    }

    /// <summary>Rounds one group of 32.</summary>
    public static CodeGroup Round(float* x, short* words)
    {
        int* totals = stackalloc int[2];
        float most = Avx2.IsSupported ? MostAvx2(x) : MostScalar(x);

        // Below about 2^-126 * 32767 the quotient overflows, and such a group is zero for all that is added to it.
        (float scale, float inverse) = most < 1e-33f ? (0, 0) : most <= float.MaxValue ? (most / Most, Most / most) : (float.NaN, 0);
        if (Avx2.IsSupported) RoundAvx2(x, inverse, words, totals);
        else RoundScalar(x, inverse, words, totals);
        return new(scale, totals[0], totals[1]);
    }

    /// <summary>The largest magnitude of a group; not-a-number where it has one.</summary>
    internal static float MostScalar(float* x)
    {
        float most = 0;
        for (int i = 0; i < ActivationWords.Group; i++) most = Math.Max(most, Math.Abs(x[i]));
        return most;
    }

    /// <summary>As <see cref="MostScalar"/>.</summary>
    internal static float MostAvx2(float* x)
    {
        Vector256<float> a = Vector256.Max(Vector256.Abs(Vector256.Load(x)), Vector256.Abs(Vector256.Load(x + 8)));
        Vector256<float> b = Vector256.Max(Vector256.Abs(Vector256.Load(x + 16)), Vector256.Abs(Vector256.Load(x + 24)));
        a = Vector256.Max(a, b);
        Vector128<float> four = Vector128.Max(a.GetLower(), a.GetUpper());
        four = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>Rounds a group; totals are the sums of its first and its last 16 integers.</summary>
    internal static void RoundScalar(float* x, float inverse, short* words, int* totals)
    {
        for (int half = 0; half < 2; half++)
        {
            totals[half] = 0;
            for (int i = 16 * half; i < 16 * (half + 1); i++)
            {
                int word = inverse == 0 ? 0 : (int)MathF.Round(x[i] * inverse);
                words[i] = (short)word;
                totals[half] += word;
            }
        }
    }

    /// <summary>As <see cref="RoundScalar"/>.</summary>
    internal static void RoundAvx2(float* x, float inverse, short* words, int* totals)
    {
        Vector256<float> factor = Vector256.Create(inverse);
        for (int half = 0; half < 2; half++, x += 16, words += 16)
        {
            Vector256<int> a = default, b = default;
            if (inverse != 0)
            {
                a = Avx.ConvertToVector256Int32(Vector256.Load(x) * factor);
                b = Avx.ConvertToVector256Int32(Vector256.Load(x + 8) * factor);
            }

            Avx2.Permute4x64(Avx2.PackSignedSaturate(a, b).AsInt64(), 0b11_01_10_00).AsInt16().Store(words);
            totals[half] = Vector256.Sum(a + b);
        }
    }
}
