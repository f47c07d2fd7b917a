namespace Candor.Kernels;

/// <summary>The error function in double precision.</summary>
public static class ErrorFunction
{
    /// <summary>
    /// erf(x) = 2/√π ∫₀ˣ e^(−t²) dt, to about 1e-15: the Maclaurin series near zero, a continued fraction of erfc
    /// beyond (Abramowitz and Stegun, 7.1.6 and 7.1.14).
    /// </summary>
    public static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (double.IsNaN(x)) return x;
        if (a > 6) return Math.Sign(x);
        double r = a < 2.2 ? Series(a) : 1 - Fraction(a);
        return x < 0 ? -r : r;
    }

    private static double Series(double x)
    {
        double term = x, sum = x, xx = 2 * x * x;
        for (int n = 1; n < 80 && term > 1e-18 * sum; n++)
        {
            term *= xx / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static double Fraction(double x)
    {
        double f = 0;
        for (int n = 60; n > 0; n--) f = n / 2.0 / (x + f);
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (x + f);
    }
}
