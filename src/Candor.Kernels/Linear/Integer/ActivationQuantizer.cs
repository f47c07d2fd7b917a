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
        for (int c = 0, g = 0; c < columns; c += ActivationCodes.Group, g++)
            Round(values + c, row.Codes + c).Store(row.Scales, row.Sums16, row.Sums32, g);
    }

    /// <summary>Rounds one group of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CodeGroup Round(float* x, sbyte* codes) => Avx2.IsSupported ? Avx2Group(x, codes) : ScalarGroup(x, codes);

    /// <summary>As <see cref="Round"/>: the reference.</summary>
    internal static CodeGroup ScalarGroup(float* x, sbyte* codes)
    {
        float most = 0;
        for (int i = 0; i < ActivationCodes.Group; i++) most = Math.Max(most, Math.Abs(x[i]));
        (float scale, float inverse) = Scales(most);
        int first = 0, all = 0;
        for (int i = 0; i < ActivationCodes.Group; i++)
        {
            int code = inverse == 0 ? 0 : (int)MathF.Round(x[i] * inverse);
            codes[i] = (sbyte)code;
            all += code;
            if (i < ActivationCodes.Group / 2) first += code;
        }

        return new(scale, first, all - first);
    }

    /// <summary>As <see cref="ScalarGroup"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static CodeGroup Avx2Group(float* x, sbyte* codes)
    {
        Vector256<float> a = Vector256.Load(x), b = Vector256.Load(x + 8), c = Vector256.Load(x + 16), d = Vector256.Load(x + 24);
        Vector256<float> most8 = Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
        Vector128<float> most4 = Vector128.Max(most8.GetLower(), most8.GetUpper());
        most4 = Vector128.Max(most4, Vector128.Shuffle(most4, Vector128.Create(2, 3, 0, 1)));
        (float scale, float inverse) = Scales(Vector128.Max(most4, Vector128.Shuffle(most4, Vector128.Create(1, 0, 3, 2))).ToScalar());
        if (inverse == 0)
        {
            Vector256<sbyte>.Zero.Store(codes);
            return new(scale, 0, 0);
        }

        Vector256<float> factor = Vector256.Create(inverse);
        Vector256<int> p = Avx.ConvertToVector256Int32(a * factor), q = Avx.ConvertToVector256Int32(b * factor);
        Vector256<int> r = Avx.ConvertToVector256Int32(c * factor), s = Avx.ConvertToVector256Int32(d * factor);

        // Packing works within halves of a register; the four-byte pieces are put in order at the end.
        Vector256<sbyte> packed = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(p, q), Avx2.PackSignedSaturate(r, s));
        Avx2.PermuteVar8x32(packed.AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsSByte().Store(codes);
        return new(scale, Vector256.Sum(p + q), Vector256.Sum(r + s));
    }

    private static (float Scale, float Inverse) Scales(float most)
    {
        // Below about 2^-126 * 127 the quotient overflows, and such a group is zero for all that is added to it.
        if (most < 1e-35f) return (0, 0);
        return most <= float.MaxValue ? (most / 127, 127 / most) : (float.NaN, 0);
    }
}

/// <summary>What a group of rounded activations has in common.</summary>
/// <param name="Scale">What its codes are multiples of.</param>
/// <param name="First">The sum of its first 16 codes.</param>
/// <param name="Last">The sum of its last 16 codes.</param>
internal readonly record struct CodeGroup(float Scale, int First, int Last)
{
    /// <summary>Puts the scale, and the sums of what the codes mean, where a row keeps those of its groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Store(float* scales, float* sums16, float* sums32, int group)
    {
        scales[group] = Scale;
        (sums16[2 * group], sums16[(2 * group) + 1]) = (Scale * First, Scale * Last);
        sums32[group] = Scale * (First + Last);
    }
}
