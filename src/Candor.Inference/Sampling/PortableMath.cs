using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Inference.Sampling;

/// <summary>
/// Exponential and logarithm from IEEE additions and multiplications in a fixed order, without the platform's library and
/// without fused operations: the same bits on every processor and operating system, which is what makes a seed give the same
/// text everywhere. Within about one unit in the last place.
/// </summary>
internal static class PortableMath
{
    public const double Ln2 = 0.6931471805599453;

    // ln 2 in two parts; the high part ends in zeros, so its product with a whole number of up to 11 bits is exact.
    private const double Ln2High = 0.69314718036912381649, Ln2Low = 1.90821492927058770002e-10;
    private const double Log2E = 1.4426950408889634;

    // Added and taken away again it rounds to the nearest whole number, which stands in the low bits in between.
    private const double Rounder = 6755399441055744.0;

    // Below this the power of two would be subnormal; such a weight counts as none.
    private const double Least = -708;

    /// <summary>e^x for x &lt;= 0, -Infinity included; 0 below -708.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Exp(Vector256<double> x)
    {
        Vector256<double> none = Vector256.LessThan(x, Vector256.Create(Least));
        x = Vector256.MaxNative(x, Vector256.Create(Least));
        Vector256<double> shifted = x * Log2E + Vector256.Create(Rounder);
        Vector256<double> n = shifted - Vector256.Create(Rounder);
        Vector256<double> r = x - n * Ln2High - n * Ln2Low;

        // Taylor's terms up to r^13 leave less than 2^-57 for |r| <= ln(2)/2. Estrin's scheme: shorter chains than Horner's.
        Vector256<double> r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
        Vector256<double> low = Vector256<double>.One + r + r2 * (Vector256.Create(0.5) + r * (1 / 6.0));
        Vector256<double> next = Vector256.Create(1 / 24.0) + r * (1 / 120.0) + r2 * (Vector256.Create(1 / 720.0) + r * (1 / 5040.0));
        Vector256<double> third = Vector256.Create(1 / 40320.0) + r * (1 / 362880.0) + r2 * (Vector256.Create(1 / 3628800.0) + r * (1 / 39916800.0));
        Vector256<double> last = Vector256.Create(1 / 479001600.0) + r * (1 / 6227020800.0);
        Vector256<double> power = low + r4 * next + r8 * (third + r4 * last);

        Vector256<double> scale = ((shifted.AsInt64() + Vector256.Create(1023L)) << 52).AsDouble();
        return Vector256.AndNot(power * scale, none);
    }

    /// <inheritdoc cref="Exp(Vector256{double})"/>
    public static double Exp(double x) => Exp(Vector256.Create(x)).ToScalar();

    /// <summary>ln x for positive normal numbers.</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | (1023L << 52));
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        // ln m = 2 artanh f; |f| < 0.172, so the terms end at f^21.
        double f = (m - 1) / (m + 1), f2 = f * f, sum = 0;
        for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * f2;
        return exponent * Ln2High + (2 * f + (2 * f * sum + exponent * Ln2Low));
    }

    /// <summary>x^y for x in [0, 1] and y &gt;= 0.</summary>
    public static double Power(double x, double y) => x <= 0 ? (y == 0 ? 1 : 0) : Exp(Math.Min(0, y * Log(x)));

    /// <summary>x^n for whole n &gt;= 0, by squaring; may reach +Infinity.</summary>
    public static double Power(double x, int n)
    {
        double result = 1;
        for (; n > 0; n >>= 1, x *= x)
            if ((n & 1) != 0) result *= x;
        return result;
    }

    /// <summary>The sum of e^(x - max).</summary>
    public static double SumExp(ReadOnlySpan<double> x, double max)
    {
        Vector256<double> top = Vector256.Create(max), a = default, b = default;
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            a += Exp(Vector256.Create(x[i..]) - top);
            b += Exp(Vector256.Create(x[(i + 4)..]) - top);
        }

        double sum = Add(a + b);
        for (; i < x.Length; i++) sum += Exp(x[i] - max);
        return sum;
    }

    /// <summary>The sum of e^(x - max), in double.</summary>
    public static double SumExp(ReadOnlySpan<float> x, double max)
    {
        Vector256<double> top = Vector256.Create(max), a = default, b = default;
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Create(x[i..]));
            a += Exp(low - top);
            b += Exp(high - top);
        }

        double sum = Add(a + b);
        for (; i < x.Length; i++) sum += Exp(x[i] - max);
        return sum;
    }

    /// <summary>Writes e^(x - max) and returns the sum.</summary>
    public static double Exp(ReadOnlySpan<double> x, double max, Span<double> weights)
    {
        Vector256<double> top = Vector256.Create(max), a = default, b = default;
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            Vector256<double> low = Exp(Vector256.Create(x[i..]) - top), high = Exp(Vector256.Create(x[(i + 4)..]) - top);
            low.CopyTo(weights[i..]);
            high.CopyTo(weights[(i + 4)..]);
            a += low;
            b += high;
        }

        double sum = Add(a + b);
        for (; i < x.Length; i++) sum += weights[i] = Exp(x[i] - max);
        return sum;
    }

    /// <summary>The largest; -Infinity of none.</summary>
    public static double Max(ReadOnlySpan<double> x)
    {
        Vector256<double> a = Vector256.Create(double.NegativeInfinity), b = a;
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            a = Vector256.MaxNative(a, Vector256.Create(x[i..]));
            b = Vector256.MaxNative(b, Vector256.Create(x[(i + 4)..]));
        }

        a = Vector256.MaxNative(a, b);
        double max = Math.Max(Math.Max(a[0], a[1]), Math.Max(a[2], a[3]));
        for (; i < x.Length; i++) max = Math.Max(max, x[i]);
        return max;
    }

    // The library's own sum of lanes promises no order.
    private static double Add(Vector256<double> v) => v[0] + v[1] + (v[2] + v[3]);
}
