using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Limits;

/// <summary>
/// Dot products of 8-bit integers. With a dot-product instruction each product goes straight to a 32-bit sum; without
/// one, pairs of products gather in 16 bits and are widened after eight, which is as late as 4-bit weights allow.
/// </summary>
internal static unsafe class Int8Loops
{
    private const int Bytes = ArithmeticLoop.PanelBytes;

    /// <summary>The loops that this processor can run; never empty.</summary>
    public static IReadOnlyList<ArithmeticLoop> Supported()
    {
        List<ArithmeticLoop> loops = [];
        if (ByteLoop.Function != 0) loops.Add(new("AVX-512 vpdpbusd", 3L * Bytes, ByteLoop.Run));
        if (Avx512BW.IsSupported) loops.Add(new("AVX-512 vpmaddubsw", 4L * Bytes, Avx512));
        if (AvxVnni.IsSupported) loops.Add(new("AVX-VNNI vpdpbusd", 3L * Bytes, Vnni));
        if (Avx2.IsSupported) loops.Add(new("AVX2 vpmaddubsw", 4L * Bytes, Avx2MultiplyAdd));
        if (Dp.IsSupported) loops.Add(new("NEON sdot", 3L * Bytes, Neon));
        if (loops.Count == 0) loops.Add(new("portable vectors", Bytes, Portable));
        return loops;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Avx512(byte* panel, int passes)
    {
        Vector512<byte> a0 = Vector512.Create((byte)1), a1 = Vector512.Create((byte)2);
        Vector512<byte> a2 = Vector512.Create((byte)3), a3 = Vector512.Create((byte)4);
        Vector512<short> ones = Vector512.Create((short)1);
        Vector512<int> total = default;
        for (int pass = 0; pass < passes; pass++)
        {
            sbyte* end = (sbyte*)panel + Bytes;
            for (sbyte* b = (sbyte*)panel; b < end; b += 8 * 64)
            {
                Vector512<sbyte> b0 = Vector512.Load(b);
                Vector512<short> s0 = Avx512BW.MultiplyAddAdjacent(a0, b0), s1 = Avx512BW.MultiplyAddAdjacent(a1, b0);
                Vector512<short> s2 = Avx512BW.MultiplyAddAdjacent(a2, b0), s3 = Avx512BW.MultiplyAddAdjacent(a3, b0);
                for (int i = 1; i < 8; i++)
                {
                    b0 = Vector512.Load(b + i * 64);
                    s0 += Avx512BW.MultiplyAddAdjacent(a0, b0);
                    s1 += Avx512BW.MultiplyAddAdjacent(a1, b0);
                    s2 += Avx512BW.MultiplyAddAdjacent(a2, b0);
                    s3 += Avx512BW.MultiplyAddAdjacent(a3, b0);
                }

                total += Avx512BW.MultiplyAddAdjacent(s0, ones) + Avx512BW.MultiplyAddAdjacent(s1, ones);
                total += Avx512BW.MultiplyAddAdjacent(s2, ones) + Avx512BW.MultiplyAddAdjacent(s3, ones);
            }
        }

        return Vector512.Sum(total);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Avx2MultiplyAdd(byte* panel, int passes)
    {
        Vector256<byte> a0 = Vector256.Create((byte)1), a1 = Vector256.Create((byte)2);
        Vector256<byte> a2 = Vector256.Create((byte)3), a3 = Vector256.Create((byte)4);
        Vector256<short> ones = Vector256.Create((short)1);
        Vector256<int> total = default;
        for (int pass = 0; pass < passes; pass++)
        {
            sbyte* end = (sbyte*)panel + Bytes;
            for (sbyte* b = (sbyte*)panel; b < end; b += 8 * 32)
            {
                Vector256<sbyte> b0 = Vector256.Load(b);
                Vector256<short> s0 = Avx2.MultiplyAddAdjacent(a0, b0), s1 = Avx2.MultiplyAddAdjacent(a1, b0);
                Vector256<short> s2 = Avx2.MultiplyAddAdjacent(a2, b0), s3 = Avx2.MultiplyAddAdjacent(a3, b0);
                for (int i = 1; i < 8; i++)
                {
                    b0 = Vector256.Load(b + i * 32);
                    s0 += Avx2.MultiplyAddAdjacent(a0, b0);
                    s1 += Avx2.MultiplyAddAdjacent(a1, b0);
                    s2 += Avx2.MultiplyAddAdjacent(a2, b0);
                    s3 += Avx2.MultiplyAddAdjacent(a3, b0);
                }

                total += Avx2.MultiplyAddAdjacent(s0, ones) + Avx2.MultiplyAddAdjacent(s1, ones);
                total += Avx2.MultiplyAddAdjacent(s2, ones) + Avx2.MultiplyAddAdjacent(s3, ones);
            }
        }

        return Vector256.Sum(total);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Vnni(byte* panel, int passes)
    {
        Vector256<byte> a0 = Vector256.Create((byte)1), a1 = Vector256.Create((byte)2), a2 = Vector256.Create((byte)3);
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector256<int> s6 = default, s7 = default, s8 = default, s9 = default, s10 = default, s11 = default;
        for (int pass = 0; pass < passes; pass++)
        {
            sbyte* end = (sbyte*)panel + Bytes;
            for (sbyte* b = (sbyte*)panel; b < end; b += 4 * 32)
            {
                Vector256<sbyte> b0 = Vector256.Load(b);
                s0 = AvxVnni.MultiplyWideningAndAdd(s0, a0, b0);
                s1 = AvxVnni.MultiplyWideningAndAdd(s1, a1, b0);
                s2 = AvxVnni.MultiplyWideningAndAdd(s2, a2, b0);
                Vector256<sbyte> b1 = Vector256.Load(b + 32);
                s3 = AvxVnni.MultiplyWideningAndAdd(s3, a0, b1);
                s4 = AvxVnni.MultiplyWideningAndAdd(s4, a1, b1);
                s5 = AvxVnni.MultiplyWideningAndAdd(s5, a2, b1);
                Vector256<sbyte> b2 = Vector256.Load(b + 64);
                s6 = AvxVnni.MultiplyWideningAndAdd(s6, a0, b2);
                s7 = AvxVnni.MultiplyWideningAndAdd(s7, a1, b2);
                s8 = AvxVnni.MultiplyWideningAndAdd(s8, a2, b2);
                Vector256<sbyte> b3 = Vector256.Load(b + 96);
                s9 = AvxVnni.MultiplyWideningAndAdd(s9, a0, b3);
                s10 = AvxVnni.MultiplyWideningAndAdd(s10, a1, b3);
                s11 = AvxVnni.MultiplyWideningAndAdd(s11, a2, b3);
            }
        }

        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Neon(byte* panel, int passes)
    {
        Vector128<sbyte> a0 = Vector128.Create((sbyte)1), a1 = Vector128.Create((sbyte)2), a2 = Vector128.Create((sbyte)3);
        Vector128<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector128<int> s6 = default, s7 = default, s8 = default, s9 = default, s10 = default, s11 = default;
        for (int pass = 0; pass < passes; pass++)
        {
            sbyte* end = (sbyte*)panel + Bytes;
            for (sbyte* b = (sbyte*)panel; b < end; b += 4 * 16)
            {
                Vector128<sbyte> b0 = Vector128.Load(b);
                s0 = Dp.DotProduct(s0, a0, b0);
                s1 = Dp.DotProduct(s1, a1, b0);
                s2 = Dp.DotProduct(s2, a2, b0);
                Vector128<sbyte> b1 = Vector128.Load(b + 16);
                s3 = Dp.DotProduct(s3, a0, b1);
                s4 = Dp.DotProduct(s4, a1, b1);
                s5 = Dp.DotProduct(s5, a2, b1);
                Vector128<sbyte> b2 = Vector128.Load(b + 32);
                s6 = Dp.DotProduct(s6, a0, b2);
                s7 = Dp.DotProduct(s7, a1, b2);
                s8 = Dp.DotProduct(s8, a2, b2);
                Vector128<sbyte> b3 = Vector128.Load(b + 48);
                s9 = Dp.DotProduct(s9, a0, b3);
                s10 = Dp.DotProduct(s10, a1, b3);
                s11 = Dp.DotProduct(s11, a2, b3);
            }
        }

        return Vector128.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Portable(byte* panel, int passes)
    {
        Vector<short> a = new(3);
        Vector<int> low = default, high = default;
        for (int pass = 0; pass < passes; pass++)
        {
            sbyte* end = (sbyte*)panel + Bytes;
            for (sbyte* b = (sbyte*)panel; b < end; b += Vector<sbyte>.Count)
            {
                Vector.Widen(Vector.Load(b), out Vector<short> left, out Vector<short> right);
                Vector.Widen(left * a, out Vector<int> l0, out Vector<int> l1);
                Vector.Widen(right * a, out Vector<int> r0, out Vector<int> r1);
                low += l0 + l1;
                high += r0 + r1;
            }
        }

        return Vector.Sum(low + high);
    }
}
