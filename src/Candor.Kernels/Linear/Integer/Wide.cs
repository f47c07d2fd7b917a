using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Integer;

/// <summary>
/// The steps of the 512-bit kernels that have no portable form. Where the processor has no AVX-512 they are done by halves,
/// which is slower but the same: so any machine with AVX2 can test those kernels.
/// </summary>
internal static unsafe class Wide
{
    /// <summary>Products of bytes without and with sign, added up two by two with saturation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> MultiplyAddAdjacent(Vector512<byte> a, Vector512<sbyte> b) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(a, b)
        : Vector512.Create(Avx2.MultiplyAddAdjacent(a.GetLower(), b.GetLower()), Avx2.MultiplyAddAdjacent(a.GetUpper(), b.GetUpper()));

    /// <summary>Products of 16-bit integers, added up two by two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAddAdjacent(Vector512<short> a, Vector512<short> b) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(a, b)
        : Vector512.Create(Avx2.MultiplyAddAdjacent(a.GetLower(), b.GetLower()), Avx2.MultiplyAddAdjacent(a.GetUpper(), b.GetUpper()));

    /// <summary>32 bytes as 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Widen(byte* codes, bool signed)
    {
        if (Avx512BW.IsSupported)
            return signed ? Avx512BW.ConvertToVector512Int16(Vector256.Load((sbyte*)codes)) : Avx512BW.ConvertToVector512Int16(Vector256.Load(codes));
        return signed
            ? Vector512.Create(Avx2.ConvertToVector256Int16((sbyte*)codes), Avx2.ConvertToVector256Int16((sbyte*)codes + 16))
            : Vector512.Create(Avx2.ConvertToVector256Int16(codes), Avx2.ConvertToVector256Int16(codes + 16));
    }

    /// <summary>Neighbours added up: the eight sums of <paramref name="low"/>, then those of <paramref name="high"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> AddPairs(Vector512<int> low, Vector512<int> high)
    {
        if (!Avx512F.IsSupported) return Vector512.Create(Half(low), Half(high));
        Vector512<int> even = Avx512F.PermuteVar16x32x2(low, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), high);
        Vector512<int> odd = Avx512F.PermuteVar16x32x2(low, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), high);
        return even + odd;

        static Vector256<int> Half(Vector512<int> x) =>
            Avx2.Permute4x64(Avx2.HorizontalAdd(x.GetLower(), x.GetUpper()).AsInt64(), 0b11_01_10_00).AsInt32();
    }
}
