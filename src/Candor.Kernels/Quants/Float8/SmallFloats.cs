using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// The small floats of safetensors that are only read: the scales E8M0, the FNUZ kinds (code 0x80 is NaN, neither infinities
/// nor a negative zero), and the packed E2M1, E2M3 and E3M2 of the OCP specification "Microscaling Formats" (no infinities, no
/// NaN). Packed codes follow each other from the lowest bit of the first byte on.
/// </summary>
internal static unsafe class SmallFloats
{
    private static readonly float[] E8M0 = Table(256, static code => code == 255 ? float.NaN : MathF.ScaleB(1, code - 127));
    private static readonly float[] E4M3Fnuz = Table(256, static code => code == 0x80 ? float.NaN : Value(code, 4, 3, 8));
    private static readonly float[] E5M2Fnuz = Table(256, static code => code == 0x80 ? float.NaN : Value(code, 5, 2, 16));
    private static readonly float[] E2M1 = Table(16, static code => Value(code, 2, 1, 1));
    private static readonly float[] E2M3 = Table(64, static code => Value(code, 2, 3, 1));
    private static readonly float[] E3M2 = Table(64, static code => Value(code, 3, 2, 3));

    /// <summary>Converts elements, for packed types a whole number of blocks; false for another type.</summary>
    internal static bool TryToFloat(ElementType type, byte* source, float* destination, long count)
    {
        switch (type)
        {
            case ElementType.F8_E8M0: Bytes(E8M0, source, destination, count); return true;
            case ElementType.F8_E4M3FNUZ: Bytes(E4M3Fnuz, source, destination, count); return true;
            case ElementType.F8_E5M2FNUZ: Bytes(E5M2Fnuz, source, destination, count); return true;
            case ElementType.F4: Halves(E2M1, source, destination, count); return true;
            case ElementType.F6_E2M3: Sixes(E2M3, source, destination, count); return true;
            case ElementType.F6_E3M2: Sixes(E3M2, source, destination, count); return true;
            default: return false;
        }
    }

    private static void Bytes(float[] values, byte* source, float* destination, long count)
    {
        for (long i = 0; i < count; i++) destination[i] = values[source[i]];
    }

    private static void Halves(float[] values, byte* source, float* destination, long count)
    {
        for (long i = 0; i < count; i += 2, source++)
        {
            destination[i] = values[*source & 15];
            destination[i + 1] = values[*source >> 4];
        }
    }

    private static void Sixes(float[] values, byte* source, float* destination, long count)
    {
        for (long i = 0; i < count; i += 4, source += 3)
        {
            int bits = source[0] | source[1] << 8 | source[2] << 16;
            for (int j = 0; j < 4; j++) destination[i + j] = values[bits >> 6 * j & 63];
        }
    }

    private static float Value(int code, int exponentBits, int mantissaBits, int bias)
    {
        int mantissa = code & ((1 << mantissaBits) - 1);
        int exponent = code >> mantissaBits & ((1 << exponentBits) - 1);
        float magnitude = exponent == 0
            ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : MathF.ScaleB(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
        return code >> (exponentBits + mantissaBits) == 0 ? magnitude : -magnitude;
    }

    private static float[] Table(int codes, Func<int, float> value)
    {
        float[] values = new float[codes];
        for (int code = 0; code < codes; code++) values[code] = value(code);
        return values;
    }
}
