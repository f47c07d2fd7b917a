using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Gemms;

/// <summary>Six rows by two vectors of 8: twelve sums, two weights and one activation fill the sixteen registers.</summary>
internal readonly struct Avx2Kernel : IGemmKernel
{
    public static int Rows => 6;

    public static int Columns => 16;

    public static Packing Packing => Packing.Floats;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add)
    {
        Vector256<float> a0 = default, b0 = default;
        Vector256<float> a1 = default, b1 = default;
        Vector256<float> a2 = default, b2 = default;
        Vector256<float> a3 = default, b3 = default;
        Vector256<float> a4 = default, b4 = default;
        Vector256<float> a5 = default, b5 = default;
        TilePrefetch.Rows(c, stride, Rows, Columns);
        for (int i = 0; i < k; i++, a += 6, b += 16)
        {
            Vector256<float> w0 = Vector256.Load(b), w1 = Vector256.Load(b + 8), x;
            x = Vector256.Create(a[0]);
            a0 = Vector256.FusedMultiplyAdd(x, w0, a0);
            b0 = Vector256.FusedMultiplyAdd(x, w1, b0);
            x = Vector256.Create(a[1]);
            a1 = Vector256.FusedMultiplyAdd(x, w0, a1);
            b1 = Vector256.FusedMultiplyAdd(x, w1, b1);
            x = Vector256.Create(a[2]);
            a2 = Vector256.FusedMultiplyAdd(x, w0, a2);
            b2 = Vector256.FusedMultiplyAdd(x, w1, b2);
            x = Vector256.Create(a[3]);
            a3 = Vector256.FusedMultiplyAdd(x, w0, a3);
            b3 = Vector256.FusedMultiplyAdd(x, w1, b3);
            x = Vector256.Create(a[4]);
            a4 = Vector256.FusedMultiplyAdd(x, w0, a4);
            b4 = Vector256.FusedMultiplyAdd(x, w1, b4);
            x = Vector256.Create(a[5]);
            a5 = Vector256.FusedMultiplyAdd(x, w0, a5);
            b5 = Vector256.FusedMultiplyAdd(x, w1, b5);
        }

        Store(c, a0, b0, alpha, add);
        Store(c + (1 * stride), a1, b1, alpha, add);
        Store(c + (2 * stride), a2, b2, alpha, add);
        Store(c + (3 * stride), a3, b3, alpha, add);
        Store(c + (4 * stride), a4, b4, alpha, add);
        Store(c + (5 * stride), a5, b5, alpha, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store(float* c, Vector256<float> a, Vector256<float> b, float alpha, bool add)
    {
        Vector256<float> factor = Vector256.Create(alpha);
        a = add ? Vector256.FusedMultiplyAdd(factor, a, Vector256.Load(c)) : factor * a;
        b = add ? Vector256.FusedMultiplyAdd(factor, b, Vector256.Load(c + 8)) : factor * b;
        a.Store(c);
        b.Store(c + 8);
    }
}
