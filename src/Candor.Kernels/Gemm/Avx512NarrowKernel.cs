using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Gemms;

/// <summary>Twenty-four rows by one vector of 16: for results of few columns, as of low-rank adapters.</summary>
internal readonly struct Avx512NarrowKernel : IGemmKernel
{
    public static int Rows => 24;

    public static int Columns => 16;

    public static Packing Packing => Packing.Floats;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector512<float> s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default;
        Vector512<float> s12 = default, s13 = default, s14 = default, s15 = default;
        Vector512<float> s16 = default, s17 = default, s18 = default, s19 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default;
        TilePrefetch.Rows(c, stride, Rows, Columns);
        for (int i = 0; i < k; i++, a += 24, b += 16)
        {
            Vector512<float> w = Vector512.Load(b);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[0]), w, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Create(a[1]), w, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Create(a[2]), w, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Create(a[3]), w, s3);
            s4 = Vector512.FusedMultiplyAdd(Vector512.Create(a[4]), w, s4);
            s5 = Vector512.FusedMultiplyAdd(Vector512.Create(a[5]), w, s5);
            s6 = Vector512.FusedMultiplyAdd(Vector512.Create(a[6]), w, s6);
            s7 = Vector512.FusedMultiplyAdd(Vector512.Create(a[7]), w, s7);
            s8 = Vector512.FusedMultiplyAdd(Vector512.Create(a[8]), w, s8);
            s9 = Vector512.FusedMultiplyAdd(Vector512.Create(a[9]), w, s9);
            s10 = Vector512.FusedMultiplyAdd(Vector512.Create(a[10]), w, s10);
            s11 = Vector512.FusedMultiplyAdd(Vector512.Create(a[11]), w, s11);
            s12 = Vector512.FusedMultiplyAdd(Vector512.Create(a[12]), w, s12);
            s13 = Vector512.FusedMultiplyAdd(Vector512.Create(a[13]), w, s13);
            s14 = Vector512.FusedMultiplyAdd(Vector512.Create(a[14]), w, s14);
            s15 = Vector512.FusedMultiplyAdd(Vector512.Create(a[15]), w, s15);
            s16 = Vector512.FusedMultiplyAdd(Vector512.Create(a[16]), w, s16);
            s17 = Vector512.FusedMultiplyAdd(Vector512.Create(a[17]), w, s17);
            s18 = Vector512.FusedMultiplyAdd(Vector512.Create(a[18]), w, s18);
            s19 = Vector512.FusedMultiplyAdd(Vector512.Create(a[19]), w, s19);
            s20 = Vector512.FusedMultiplyAdd(Vector512.Create(a[20]), w, s20);
            s21 = Vector512.FusedMultiplyAdd(Vector512.Create(a[21]), w, s21);
            s22 = Vector512.FusedMultiplyAdd(Vector512.Create(a[22]), w, s22);
            s23 = Vector512.FusedMultiplyAdd(Vector512.Create(a[23]), w, s23);
        }

        Store(c, s0, alpha, add);
        Store(c + (1 * stride), s1, alpha, add);
        Store(c + (2 * stride), s2, alpha, add);
        Store(c + (3 * stride), s3, alpha, add);
        Store(c + (4 * stride), s4, alpha, add);
        Store(c + (5 * stride), s5, alpha, add);
        Store(c + (6 * stride), s6, alpha, add);
        Store(c + (7 * stride), s7, alpha, add);
        Store(c + (8 * stride), s8, alpha, add);
        Store(c + (9 * stride), s9, alpha, add);
        Store(c + (10 * stride), s10, alpha, add);
        Store(c + (11 * stride), s11, alpha, add);
        Store(c + (12 * stride), s12, alpha, add);
        Store(c + (13 * stride), s13, alpha, add);
        Store(c + (14 * stride), s14, alpha, add);
        Store(c + (15 * stride), s15, alpha, add);
        Store(c + (16 * stride), s16, alpha, add);
        Store(c + (17 * stride), s17, alpha, add);
        Store(c + (18 * stride), s18, alpha, add);
        Store(c + (19 * stride), s19, alpha, add);
        Store(c + (20 * stride), s20, alpha, add);
        Store(c + (21 * stride), s21, alpha, add);
        Store(c + (22 * stride), s22, alpha, add);
        Store(c + (23 * stride), s23, alpha, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store(float* c, Vector512<float> sum, float alpha, bool add)
    {
        Vector512<float> factor = Vector512.Create(alpha);
        (add ? Vector512.FusedMultiplyAdd(factor, sum, Vector512.Load(c)) : factor * sum).Store(c);
    }
}
