using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary>
/// Whole vectors of <see cref="HalfConversion"/> where no code may be assembled; each returns how many elements it did. .NET offers no F16C, so
/// integer arithmetic does it.
/// </summary>
internal static unsafe class HalfAvx2
{
    /// <summary>Values of eight half-precision codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> ToSingle(Vector256<int> codes)
    {
        Vector256<int> magnitude = Avx2.And(codes, Vector256.Create(0x7FFF));
        Vector256<int> sign = Avx2.ShiftLeftLogical(Avx2.And(codes, Vector256.Create(0x8000)), 16);
        Vector256<int> shifted = Avx2.ShiftLeftLogical(magnitude, 13);
        Vector256<int> normal = Avx2.Add(shifted, Vector256.Create(112 << 23));
        Vector256<int> subnormal = Avx.Subtract(
            Avx2.Or(magnitude, Vector256.Create(126 << 23)).AsSingle(), Vector256.Create(0.5f)).AsInt32();
        Vector256<int> special = Avx2.And(
            Avx2.CompareGreaterThan(magnitude, Vector256.Create(0x7BFF)), Vector256.Create(0x7F800000));
        Vector256<int> isSubnormal = Avx2.CompareGreaterThan(Vector256.Create(0x400), magnitude);
        Vector256<int> bits = Avx2.Or(Avx2.BlendVariable(normal, subnormal, isSubnormal), special);
        return Avx2.Or(bits, sign).AsSingle();
    }

    /// <summary>Half-precision codes nearest to eight values, one in each 32-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> FromSingle(Vector256<float> values)
    {
        Vector256<int> bits = values.AsInt32();
        Vector256<int> magnitude = Avx2.And(bits, Vector256.Create(0x7FFFFFFF));
        Vector256<int> sign = Avx2.ShiftRightLogical(Avx2.Xor(bits, magnitude), 16);
        Vector256<int> high = Avx2.ShiftRightLogical(magnitude, 13);
        Vector256<int> odd = Avx2.And(high, Vector256.Create(1));
        Vector256<int> normal = Avx2.ShiftRightLogical(
            Avx2.Add(Avx2.Add(magnitude, odd), Vector256.Create(0xFFF - (112 << 23))), 13);
        Vector256<int> subnormal = Avx2.Subtract(
            Avx.Add(magnitude.AsSingle(), Vector256.Create(0.5f)).AsInt32(), Vector256.Create(126 << 23));
        Vector256<int> nan = Avx2.Or(Avx2.And(high, Vector256.Create(0x3FF)), Vector256.Create(0x7E00));
        Vector256<int> code = Avx2.BlendVariable(
            normal, subnormal, Avx2.CompareGreaterThan(Vector256.Create(0x38800000), magnitude));
        code = Avx2.BlendVariable(
            code, Vector256.Create(0x7C00), Avx2.CompareGreaterThan(magnitude, Vector256.Create(0x477FEFFF)));
        code = Avx2.BlendVariable(code, nan, Avx2.CompareGreaterThan(magnitude, Vector256.Create(0x7F800000)));
        return Avx2.Or(code, sign);
    }

    internal static long HalfToSingle(ushort* source, float* destination, long count)
    {
        Vector256<short> exponent = Vector256.Create((short)0x7C00);
        long i = 0;
        for (; i <= count - 16; i += 16)
        {
            Vector256<short> exponents = Avx2.And(Avx.LoadVector256((short*)source + i), exponent);
            Vector256<short> special = Avx2.Or(
                Avx2.CompareEqual(exponents, Vector256<short>.Zero), Avx2.CompareEqual(exponents, exponent));
            if (Avx.TestZ(special, special))
            {
                Avx.Store((int*)destination + i, Normal(source + i));
                Avx.Store((int*)destination + i + 8, Normal(source + i + 8));
            }
            else
            {
                Avx.Store(destination + i, ToSingle(Avx2.ConvertToVector256Int32(source + i)));
                Avx.Store(destination + i + 8, ToSingle(Avx2.ConvertToVector256Int32(source + i + 8)));
            }
        }

        return i;
    }

    // Eight codes, all of normal numbers: the sign spreads as the code is widened, and one copy of it is kept.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Normal(ushort* source)
    {
        Vector256<int> shifted = Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32((short*)source), 13);
        return Avx2.Add(Avx2.And(shifted, Vector256.Create(unchecked((int)0x8FFFE000))), Vector256.Create(112 << 23));
    }

    internal static long SingleToHalf(float* source, ushort* destination, long count)
    {
        long i = 0;
        for (; i <= count - 16; i += 16)
            Avx.Store(destination + i, Pack(FromSingle(Avx.LoadVector256(source + i)), FromSingle(Avx.LoadVector256(source + i + 8))));
        return i;
    }

    internal static long BFloat16ToSingle(ushort* source, float* destination, long count)
    {
        long i = 0;
        for (; i <= count - 8; i += 8)
            Avx.Store((int*)destination + i, Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(source + i), 16));
        return i;
    }

    internal static long SingleToBFloat16(float* source, ushort* destination, long count)
    {
        long i = 0;
        for (; i <= count - 16; i += 16)
            Avx.Store(destination + i, Pack(ToBFloat16(Avx.LoadVector256(source + i)), ToBFloat16(Avx.LoadVector256(source + i + 8))));
        return i;
    }

    private static Vector256<int> ToBFloat16(Vector256<float> values)
    {
        Vector256<int> bits = values.AsInt32();
        Vector256<int> high = Avx2.ShiftRightLogical(bits, 16);
        Vector256<int> rounded = Avx2.ShiftRightLogical(
            Avx2.Add(Avx2.Add(bits, Vector256.Create(0x7FFF)), Avx2.And(high, Vector256.Create(1))), 16);
        Vector256<int> isNaN = Avx2.CompareGreaterThan(Avx2.And(bits, Vector256.Create(0x7FFFFFFF)), Vector256.Create(0x7F800000));
        return Avx2.BlendVariable(rounded, Avx2.Or(high, Vector256.Create(0x40)), isNaN);
    }

    private static Vector256<ushort> Pack(Vector256<int> low, Vector256<int> high) =>
        Avx2.Permute4x64(Avx2.PackUnsignedSaturate(low, high).AsUInt64(), 0b11_01_10_00).AsUInt16();
}
