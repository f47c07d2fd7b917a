using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels;

/// <summary>
/// The exponential function in float32, sixteen numbers at once. 2ⁿ times a polynomial of the rest, with the
/// coefficients of Moshier's Cephes; within two units in the last place. NaN stays NaN; what is below the least normal number becomes 0.
/// </summary>
internal static unsafe class Exponential
{
    private const int Lanes = 16;

    // The exponents whose results are normal numbers, and more than exp(88) is never asked of what is in proportion to a largest one.
    private const float Least = -87.33654f, Greatest = 88f;

    /// <summary>eˣ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // The operand that is no number comes second, and stays.
        Vector512<float> within = Vector512.MinNative(Vector512.Create(Greatest), Vector512.MaxNative(Vector512.Create(Least), x));
        // Adding 1.5 · 2²³ rounds to a whole number, which then stands in the last bits.
        Vector512<float> shifted = Vector512.MultiplyAddEstimate(within, Vector512.Create(1.44269504f), Vector512.Create(12582912f)), n = shifted - Vector512.Create(12582912f);
        Vector512<float> r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-0.693359375f), within);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(2.12194440e-4f), r);
        Vector512<float> y = Vector512.MultiplyAddEstimate(Vector512.Create(1.9875691500e-4f), r, Vector512.Create(1.3981999507e-3f));
        y = Vector512.MultiplyAddEstimate(y, r, Vector512.Create(8.3334519073e-3f));
        y = Vector512.MultiplyAddEstimate(y, r, Vector512.Create(4.1665795894e-2f));
        y = Vector512.MultiplyAddEstimate(y, r, Vector512.Create(1.6666665459e-1f));
        y = Vector512.MultiplyAddEstimate(y, r, Vector512.Create(5.0000001201e-1f));
        y = Vector512.MultiplyAddEstimate(y, r * r, r) + Vector512<float>.One;
        Vector512<float> power = (y.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Least)), Vector512<float>.Zero, power);
    }

    /// <summary>x ← exp(x − subtract); returns the sum, which is formed in the same order wherever x lies.</summary>
    public static float SumOf(float* x, int n, float subtract)
    {
        Vector512<float> sum = default, less = Vector512.Create(subtract);
        int i = 0;
        for (; i + Lanes <= n; i += Lanes)
        {
            Vector512<float> e = Exp(Vector512.Load(x + i) - less);
            e.Store(x + i);
            sum += e;
        }

        if (i == n) return Vector512.Sum(sum);
        float* rest = stackalloc float[Lanes];
        new Span<float>(rest, Lanes).Fill(float.NegativeInfinity);
        new ReadOnlySpan<float>(x + i, n - i).CopyTo(new Span<float>(rest, Lanes));
        Vector512<float> last = Exp(Vector512.Load(rest) - less);
        last.Store(rest);
        new ReadOnlySpan<float>(rest, n - i).CopyTo(new Span<float>(x + i, n - i));
        return Vector512.Sum(sum + last);
    }

    /// <summary>The largest of one or more numbers; NaN among them may be passed over.</summary>
    public static float Max(float* x, int n)
    {
        float max = x[0];
        int i = 0;
        if (n >= Lanes)
        {
            Vector512<float> most = Vector512.Load(x);
            for (i = Lanes; i + Lanes <= n; i += Lanes) most = Vector512.MaxNative(most, Vector512.Load(x + i));
            for (int lane = 0; lane < Lanes; lane++) max = MathF.Max(max, most[lane]);
        }

        for (; i < n; i++) max = MathF.Max(max, x[i]);
        return max;
    }
}
