using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Candor.Kernels.Quants;

namespace Candor.Kernels;

/// <summary>
/// Conversion between single precision and the 16-bit floats: IEEE 754 half precision and bfloat16. To single precision it
/// is exact; from single precision it rounds to the nearest, ties to even. Subnormals, infinities and NaN are kept.
/// </summary>
public static unsafe class HalfConversion
{
    // A half's exponent is biased by 15, a single's by 127: 112 more, in a single's exponent field.
    private const uint Rebias = 112u << 23;
    // 0.5f: its last place counts 2^-24, which is the unit of half subnormals.
    private const uint HalfOne = 126u << 23;

    /// <summary>The value of a half-precision code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float HalfToSingle(ushort code)
    {
        uint magnitude = code & 0x7FFFu;
        uint sign = (uint)(code & 0x8000) << 16;
        uint bits;
        if (magnitude - 0x400 < 0x7800) bits = (magnitude << 13) + Rebias;
        else if (magnitude < 0x400)
            bits = BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude | HalfOne) - 0.5f);
        else bits = (magnitude << 13) | 0x7F800000;
        return BitConverter.UInt32BitsToSingle(bits | sign);
    }

    /// <summary>The half-precision code nearest to a value; infinity from 65520 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort SingleToHalf(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint magnitude = bits & 0x7FFFFFFF;
        uint sign = (bits ^ magnitude) >> 16;
        uint code;
        if (magnitude < 0x38800000)
            code = BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude) + 0.5f) - HalfOne;
        else if (magnitude < 0x477FF000)
            code = (magnitude + 0xFFF + ((magnitude >> 13) & 1) - Rebias) >> 13;
        else
            code = magnitude <= 0x7F800000 ? 0x7C00 : 0x7E00 | ((magnitude >> 13) & 0x3FF);
        return (ushort)(code | sign);
    }

    /// <summary>The value of a bfloat16 code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float BFloat16ToSingle(ushort code) => BitConverter.UInt32BitsToSingle((uint)code << 16);

    /// <summary>The bfloat16 code nearest to a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort SingleToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x7FFFFFFF) > 0x7F800000
            ? (ushort)((bits >> 16) | 0x40)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Values of half-precision codes.</summary>
    /// <param name="source">Codes, <c>[count]</c>.</param>
    /// <param name="destination">Values, <c>[count]</c>.</param>
    /// <param name="count">How many.</param>
    public static void HalfToSingle(ushort* source, float* destination, long count)
    {
        long i = HalfCode.IsSupported ? HalfCode.HalfToSingle(source, destination, count) : 0;
        if (Avx2.IsSupported) i += HalfAvx2.HalfToSingle(source + i, destination + i, count - i);
        for (; i < count; i++) destination[i] = HalfToSingle(source[i]);
    }

    /// <summary>Half-precision codes nearest to values.</summary>
    /// <param name="source">Values, <c>[count]</c>.</param>
    /// <param name="destination">Codes, <c>[count]</c>.</param>
    /// <param name="count">How many.</param>
    public static void SingleToHalf(float* source, ushort* destination, long count)
    {
        long i = HalfCode.IsSupported ? HalfCode.SingleToHalf(source, destination, count) : 0;
        if (Avx2.IsSupported) i += HalfAvx2.SingleToHalf(source + i, destination + i, count - i);
        for (; i < count; i++) destination[i] = SingleToHalf(source[i]);
    }

    /// <summary>Values of bfloat16 codes.</summary>
    /// <param name="source">Codes, <c>[count]</c>.</param>
    /// <param name="destination">Values, <c>[count]</c>.</param>
    /// <param name="count">How many.</param>
    public static void BFloat16ToSingle(ushort* source, float* destination, long count)
    {
        long i = Avx2.IsSupported ? HalfAvx2.BFloat16ToSingle(source, destination, count) : 0;
        for (; i < count; i++) destination[i] = BFloat16ToSingle(source[i]);
    }

    /// <summary>bfloat16 codes nearest to values.</summary>
    /// <param name="source">Values, <c>[count]</c>.</param>
    /// <param name="destination">Codes, <c>[count]</c>.</param>
    /// <param name="count">How many.</param>
    public static void SingleToBFloat16(float* source, ushort* destination, long count)
    {
        long i = Avx2.IsSupported ? HalfAvx2.SingleToBFloat16(source, destination, count) : 0;
        for (; i < count; i++) destination[i] = SingleToBFloat16(source[i]);
    }
}
