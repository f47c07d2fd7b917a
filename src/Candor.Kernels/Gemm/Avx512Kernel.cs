using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Gemms;

/// <summary>Twelve rows by two vectors of 16: twenty-four sums of the thirty-two registers.</summary>
internal readonly struct Avx512Kernel : IGemmKernel
{
    public static int Rows => 12;

    public static int Columns => 32;

    public static Packing Packing => Packing.Floats;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add)
    {
        Vector512<float> a0 = default, b0 = default;
        Vector512<float> a1 = default, b1 = default;
        Vector512<float> a2 = default, b2 = default;
        Vector512<float> a3 = default, b3 = default;
        Vector512<float> a4 = default, b4 = default;
        Vector512<float> a5 = default, b5 = default;
        Vector512<float> a6 = default, b6 = default;
        Vector512<float> a7 = default, b7 = default;
        Vector512<float> a8 = default, b8 = default;
        Vector512<float> a9 = default, b9 = default;
        Vector512<float> a10 = default, b10 = default;
        Vector512<float> a11 = default, b11 = default;
        TilePrefetch.Rows(c, stride, Rows, Columns);
        for (int i = 0; i < k; i++, a += 12, b += 32)
        {
            Vector512<float> w0 = Vector512.Load(b), w1 = Vector512.Load(b + 16), x;
            x = Vector512.Create(a[0]);
            a0 = Vector512.FusedMultiplyAdd(x, w0, a0);
            b0 = Vector512.FusedMultiplyAdd(x, w1, b0);
            x = Vector512.Create(a[1]);
            a1 = Vector512.FusedMultiplyAdd(x, w0, a1);
            b1 = Vector512.FusedMultiplyAdd(x, w1, b1);
            x = Vector512.Create(a[2]);
            a2 = Vector512.FusedMultiplyAdd(x, w0, a2);
            b2 = Vector512.FusedMultiplyAdd(x, w1, b2);
            x = Vector512.Create(a[3]);
            a3 = Vector512.FusedMultiplyAdd(x, w0, a3);
            b3 = Vector512.FusedMultiplyAdd(x, w1, b3);
            x = Vector512.Create(a[4]);
            a4 = Vector512.FusedMultiplyAdd(x, w0, a4);
            b4 = Vector512.FusedMultiplyAdd(x, w1, b4);
            x = Vector512.Create(a[5]);
            a5 = Vector512.FusedMultiplyAdd(x, w0, a5);
            b5 = Vector512.FusedMultiplyAdd(x, w1, b5);
            x = Vector512.Create(a[6]);
            a6 = Vector512.FusedMultiplyAdd(x, w0, a6);
            b6 = Vector512.FusedMultiplyAdd(x, w1, b6);
            x = Vector512.Create(a[7]);
            a7 = Vector512.FusedMultiplyAdd(x, w0, a7);
            b7 = Vector512.FusedMultiplyAdd(x, w1, b7);
            x = Vector512.Create(a[8]);
            a8 = Vector512.FusedMultiplyAdd(x, w0, a8);
            b8 = Vector512.FusedMultiplyAdd(x, w1, b8);
            x = Vector512.Create(a[9]);
            a9 = Vector512.FusedMultiplyAdd(x, w0, a9);
            b9 = Vector512.FusedMultiplyAdd(x, w1, b9);
            x = Vector512.Create(a[10]);
            a10 = Vector512.FusedMultiplyAdd(x, w0, a10);
            b10 = Vector512.FusedMultiplyAdd(x, w1, b10);
            x = Vector512.Create(a[11]);
            a11 = Vector512.FusedMultiplyAdd(x, w0, a11);
            b11 = Vector512.FusedMultiplyAdd(x, w1, b11);
        }

        Store(c, a0, b0, alpha, add);
        Store(c + (1 * stride), a1, b1, alpha, add);
        Store(c + (2 * stride), a2, b2, alpha, add);
        Store(c + (3 * stride), a3, b3, alpha, add);
        Store(c + (4 * stride), a4, b4, alpha, add);
        Store(c + (5 * stride), a5, b5, alpha, add);
        Store(c + (6 * stride), a6, b6, alpha, add);
        Store(c + (7 * stride), a7, b7, alpha, add);
        Store(c + (8 * stride), a8, b8, alpha, add);
        Store(c + (9 * stride), a9, b9, alpha, add);
        Store(c + (10 * stride), a10, b10, alpha, add);
        Store(c + (11 * stride), a11, b11, alpha, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store(float* c, Vector512<float> a, Vector512<float> b, float alpha, bool add)
    {
        Vector512<float> factor = Vector512.Create(alpha);
        a = add ? Vector512.FusedMultiplyAdd(factor, a, Vector512.Load(c)) : factor * a;
        b = add ? Vector512.FusedMultiplyAdd(factor, b, Vector512.Load(c + 16)) : factor * b;
        a.Store(c);
        b.Store(c + 16);
    }
}
