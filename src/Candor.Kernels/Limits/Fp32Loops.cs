using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Limits;

/// <summary>
/// Float32 multiply-adds, in tiles of 3 x 4 vectors: twelve sums hide the latency of the instruction
/// (4 or 5 cycles, two a cycle), four loads feed twelve of them.
/// </summary>
internal static unsafe class Fp32Loops
{
    private const int Floats = ArithmeticLoop.PanelBytes / sizeof(float);

    /// <summary>The loops that this processor can run; never empty.</summary>
    public static IReadOnlyList<ArithmeticLoop> Supported()
    {
        const long unitsPerPass = 3L * Floats * 2;
        List<ArithmeticLoop> loops = [];
        if (Avx512F.IsSupported) loops.Add(new("AVX-512 vfmadd231ps", unitsPerPass, Avx512));
        else loops.AddRange(TileLoops.Floats());
        if (Fma.IsSupported) loops.Add(new("AVX2 vfmadd231ps", unitsPerPass, Avx2Fma));
        if (AdvSimd.Arm64.IsSupported) loops.Add(new("NEON fmla", unitsPerPass, Neon));
        if (loops.Count == 0) loops.Add(new("portable vectors", unitsPerPass, Portable));
        return loops;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Avx512(byte* panel, int passes)
    {
        Vector512<float> a0 = Vector512.Create(0.5f), a1 = Vector512.Create(0.25f), a2 = Vector512.Create(0.125f);
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector512<float> s6 = default, s7 = default, s8 = default, s9 = default, s10 = default, s11 = default;
        for (int pass = 0; pass < passes; pass++)
        {
            float* end = (float*)panel + Floats;
            for (float* b = (float*)panel; b < end; b += 64)
            {
                Vector512<float> b0 = Vector512.Load(b);
                s0 = Avx512F.FusedMultiplyAdd(a0, b0, s0);
                s1 = Avx512F.FusedMultiplyAdd(a1, b0, s1);
                s2 = Avx512F.FusedMultiplyAdd(a2, b0, s2);
                Vector512<float> b1 = Vector512.Load(b + 16);
                s3 = Avx512F.FusedMultiplyAdd(a0, b1, s3);
                s4 = Avx512F.FusedMultiplyAdd(a1, b1, s4);
                s5 = Avx512F.FusedMultiplyAdd(a2, b1, s5);
                Vector512<float> b2 = Vector512.Load(b + 32);
                s6 = Avx512F.FusedMultiplyAdd(a0, b2, s6);
                s7 = Avx512F.FusedMultiplyAdd(a1, b2, s7);
                s8 = Avx512F.FusedMultiplyAdd(a2, b2, s8);
                Vector512<float> b3 = Vector512.Load(b + 48);
                s9 = Avx512F.FusedMultiplyAdd(a0, b3, s9);
                s10 = Avx512F.FusedMultiplyAdd(a1, b3, s10);
                s11 = Avx512F.FusedMultiplyAdd(a2, b3, s11);
            }
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Avx2Fma(byte* panel, int passes)
    {
        Vector256<float> a0 = Vector256.Create(0.5f), a1 = Vector256.Create(0.25f), a2 = Vector256.Create(0.125f);
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector256<float> s6 = default, s7 = default, s8 = default, s9 = default, s10 = default, s11 = default;
        for (int pass = 0; pass < passes; pass++)
        {
            float* end = (float*)panel + Floats;
            for (float* b = (float*)panel; b < end; b += 32)
            {
                Vector256<float> b0 = Vector256.Load(b);
                s0 = Fma.MultiplyAdd(a0, b0, s0);
                s1 = Fma.MultiplyAdd(a1, b0, s1);
                s2 = Fma.MultiplyAdd(a2, b0, s2);
                Vector256<float> b1 = Vector256.Load(b + 8);
                s3 = Fma.MultiplyAdd(a0, b1, s3);
                s4 = Fma.MultiplyAdd(a1, b1, s4);
                s5 = Fma.MultiplyAdd(a2, b1, s5);
                Vector256<float> b2 = Vector256.Load(b + 16);
                s6 = Fma.MultiplyAdd(a0, b2, s6);
                s7 = Fma.MultiplyAdd(a1, b2, s7);
                s8 = Fma.MultiplyAdd(a2, b2, s8);
                Vector256<float> b3 = Vector256.Load(b + 24);
                s9 = Fma.MultiplyAdd(a0, b3, s9);
                s10 = Fma.MultiplyAdd(a1, b3, s10);
                s11 = Fma.MultiplyAdd(a2, b3, s11);
            }
        }

        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Neon(byte* panel, int passes)
    {
        Vector128<float> a0 = Vector128.Create(0.5f), a1 = Vector128.Create(0.25f), a2 = Vector128.Create(0.125f);
        Vector128<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector128<float> s6 = default, s7 = default, s8 = default, s9 = default, s10 = default, s11 = default;
        for (int pass = 0; pass < passes; pass++)
        {
            float* end = (float*)panel + Floats;
            for (float* b = (float*)panel; b < end; b += 16)
            {
                Vector128<float> b0 = Vector128.Load(b);
                s0 = AdvSimd.FusedMultiplyAdd(s0, a0, b0);
                s1 = AdvSimd.FusedMultiplyAdd(s1, a1, b0);
                s2 = AdvSimd.FusedMultiplyAdd(s2, a2, b0);
                Vector128<float> b1 = Vector128.Load(b + 4);
                s3 = AdvSimd.FusedMultiplyAdd(s3, a0, b1);
                s4 = AdvSimd.FusedMultiplyAdd(s4, a1, b1);
                s5 = AdvSimd.FusedMultiplyAdd(s5, a2, b1);
                Vector128<float> b2 = Vector128.Load(b + 8);
                s6 = AdvSimd.FusedMultiplyAdd(s6, a0, b2);
                s7 = AdvSimd.FusedMultiplyAdd(s7, a1, b2);
                s8 = AdvSimd.FusedMultiplyAdd(s8, a2, b2);
                Vector128<float> b3 = Vector128.Load(b + 12);
                s9 = AdvSimd.FusedMultiplyAdd(s9, a0, b3);
                s10 = AdvSimd.FusedMultiplyAdd(s10, a1, b3);
                s11 = AdvSimd.FusedMultiplyAdd(s11, a2, b3);
            }
        }

        return Vector128.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Portable(byte* panel, int passes)
    {
        Vector<float> a0 = new(0.5f), a1 = new(0.25f), a2 = new(0.125f);
        Vector<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        for (int pass = 0; pass < passes; pass++)
        {
            float* end = (float*)panel + Floats;
            for (float* b = (float*)panel; b < end; b += 2 * Vector<float>.Count)
            {
                Vector<float> b0 = Vector.Load(b), b1 = Vector.Load(b + Vector<float>.Count);
                s0 += a0 * b0;
                s1 += a1 * b0;
                s2 += a2 * b0;
                s3 += a0 * b1;
                s4 += a1 * b1;
                s5 += a2 * b1;
            }
        }

        return Vector.Sum(s0 + s1 + s2 + s3 + s4 + s5);
    }
}
