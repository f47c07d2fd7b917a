using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Quants;

namespace Candor.Kernels;

/// <summary>
/// Conversion between single precision and the 8-bit floats of the OCP specification "8-bit Floating Point" (2023):
/// E4M3 has no infinities (0x7F and 0xFF are NaN, the largest value is 448), E5M2 is the upper half of a half-precision float.
/// </summary>
public static unsafe class Float8Conversion
{
    private static readonly float[] E4M3Values = Table(static code =>
        (code & 0x7F) == 0x7F
            ? BitConverter.UInt32BitsToSingle(0x7FC00000 | (uint)(code & 0x80) << 24)
            : HalfConversion.HalfToSingle((ushort)(((code & 0x80) << 8) | ((code & 0x7F) << 7))) * 256f);

    private static readonly float[] E5M2Values = Table(static code => HalfConversion.HalfToSingle((ushort)(code << 8)));

    /// <summary>The value of an E4M3 code.</summary>
    public static float E4M3ToSingle(byte code) => E4M3Values[code];

    /// <summary>The value of an E5M2 code.</summary>
    public static float E5M2ToSingle(byte code) => E5M2Values[code];

    /// <summary>The E4M3 code nearest to a value, ties to even; NaN where the magnitude rounds to more than 448.</summary>
    public static byte SingleToE4M3(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint magnitude = bits & 0x7FFFFFFF;
        uint sign = (bits ^ magnitude) >> 24;
        // 464 lies halfway between 448 and the next step, which is NaN.
        if (magnitude > 0x43E80000) return (byte)(sign | 0x7F);
        return (byte)(sign | Round(magnitude, mantissaBits: 3, bias: 7));
    }

    /// <summary>The E5M2 code nearest to a value, ties to even; infinity from 61440 on.</summary>
    public static byte SingleToE5M2(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint magnitude = bits & 0x7FFFFFFF;
        uint sign = (bits ^ magnitude) >> 24;
        if (magnitude > 0x7F800000) return (byte)(sign | 0x7F);
        // 61440 lies halfway between 57344 and 65536.
        if (magnitude >= 0x47700000) return (byte)(sign | 0x7C);
        return (byte)(sign | Round(magnitude, mantissaBits: 2, bias: 15));
    }

    /// <summary>Values of E4M3 codes, <c>[count]</c>.</summary>
    public static void E4M3ToSingle(byte* source, float* destination, long count)
    {
        long done = Avx2.IsSupported ? Float8Avx2.E4M3ToSingle(source, destination, count) : 0;
        LookUp(E4M3Values, source + done, destination + done, count - done);
    }

    /// <summary>Values of E5M2 codes, <c>[count]</c>.</summary>
    public static void E5M2ToSingle(byte* source, float* destination, long count)
    {
        long done = Avx2.IsSupported ? Float8Avx2.E5M2ToSingle(source, destination, count) : 0;
        LookUp(E5M2Values, source + done, destination + done, count - done);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Round(uint magnitude, int mantissaBits, int bias)
    {
        int drop = 23 - mantissaBits;
        uint leastNormal = (uint)(128 - bias) << 23;
        if (magnitude < leastNormal)
        {
            // A float whose last place counts what a subnormal counts: adding it rounds as the float unit does.
            float anchor = BitConverter.UInt32BitsToSingle((uint)(128 - bias + drop) << 23);
            float sum = BitConverter.UInt32BitsToSingle(magnitude) + anchor;
            return BitConverter.SingleToUInt32Bits(sum) - BitConverter.SingleToUInt32Bits(anchor);
        }

        uint odd = (magnitude >> drop) & 1;
        return (magnitude + (1u << (drop - 1)) - 1 + odd - ((uint)(127 - bias) << 23)) >> drop;
    }

    private static void LookUp(float[] values, byte* source, float* destination, long count)
    {
        fixed (float* table = values)
            for (long i = 0; i < count; i++) destination[i] = table[source[i]];
    }

    private static float[] Table(Func<int, float> value)
    {
        float[] values = new float[256];
        for (int code = 0; code < 256; code++) values[code] = value(code);
        return values;
    }
}
