using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels;

/// <summary>Small float32 vector operations for the inner loops of attention and scans.</summary>
internal static unsafe class VectorMath
{
    /// <summary>a · b over n elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(float* a, float* b, int n)
    {
        if (!Vector256.IsHardwareAccelerated || n < 8) return ScalarDot(a, b, n);
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + 32 <= n; i += 32)
        {
            s0 = MultiplyAdd(Vector256.Load(a + i), Vector256.Load(b + i), s0);
            s1 = MultiplyAdd(Vector256.Load(a + i + 8), Vector256.Load(b + i + 8), s1);
            s2 = MultiplyAdd(Vector256.Load(a + i + 16), Vector256.Load(b + i + 16), s2);
            s3 = MultiplyAdd(Vector256.Load(a + i + 24), Vector256.Load(b + i + 24), s3);
        }

        for (; i + 8 <= n; i += 8) s0 = MultiplyAdd(Vector256.Load(a + i), Vector256.Load(b + i), s0);
        float sum = Sum((s0 + s1) + (s2 + s3));
        for (; i < n; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>a · b over n elements, summed in float64.</summary>
    public static float ExactDot(float* a, float* b, int n)
    {
        double sum = 0;
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<double> s0 = default, s1 = default;
            for (; i + 8 <= n; i += 8)
            {
                (Vector256<double> a0, Vector256<double> a1) = Vector256.Widen(Vector256.Load(a + i));
                (Vector256<double> b0, Vector256<double> b1) = Vector256.Widen(Vector256.Load(b + i));
                s0 += a0 * b0;
                s1 += a1 * b1;
            }

            sum = Vector256.Sum(s0 + s1);
        }

        for (; i < n; i++) sum += (double)a[i] * b[i];
        return (float)sum;
    }

    /// <summary>The sum of the lanes, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> x)
    {
        (Vector256<double> low, Vector256<double> high) = Vector256.Widen(x);
        return (float)Vector256.Sum(low + high);
    }

    /// <summary>y += s · x over n elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Axpy(float s, float* x, float* y, int n)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> v = Vector256.Create(s);
            for (; i + 8 <= n; i += 8) MultiplyAdd(v, Vector256.Load(x + i), Vector256.Load(y + i)).Store(y + i);
        }

        for (; i < n; i++) y[i] += s * x[i];
    }

    /// <summary>x *= s over n elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(float s, float* x, int n)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> v = Vector256.Create(s);
            for (; i + 8 <= n; i += 8) (v * Vector256.Load(x + i)).Store(x + i);
        }

        for (; i < n; i++) x[i] *= s;
    }

    /// <summary>a · b + c, fused where the processor can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Fma.IsSupported ? Fma.MultiplyAdd(a, b, c) : a * b + c;

    /// <summary>Softmax in place; returns nothing for an empty span.</summary>
    public static void Softmax(Span<float> x)
    {
        if (x.IsEmpty) return;
        TensorPrimitives.SoftMax(x, x);
    }

    private static float ScalarDot(float* a, float* b, int n)
    {
        float sum = 0;
        for (int i = 0; i < n; i++) sum += a[i] * b[i];
        return sum;
    }
}
