namespace Candor.Kernels.Tests.Vectors;

/// <summary>Non-linearities against their definitions in float64.</summary>
public class ActivationsTests
{
    private delegate void Row(Span<float> x);

    /// <summary>erf by its series, which sums in float64 what is near 0, and by the continued fraction of erfc beyond (Abramowitz and Stegun, 7.1.6 and 7.1.14).</summary>
    private static double UpperTail(double z)
    {
        double x = z / Math.Sqrt(2);
        if (x > 2)
        {
            double f = 0;
            for (int n = 200; n > 0; n--) f = n / 2.0 / (x + f);
            return 0.5 * Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (x + f);
        }

        double term = x, sum = x;
        for (int n = 1; n < 200; n++) sum += term *= 2 * x * x / ((2 * n) + 1);
        return 0.5 - (Math.Exp(-x * x) / Math.Sqrt(Math.PI) * sum);
    }

    private static double Cumulative(double x) => x < 0 ? UpperTail(-x) : 1 - UpperTail(x);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    [Fact]
    public void GeluAndItsSlopeAreTheirDefinitions() => Check(
        x => x * Cumulative(x), x => Cumulative(x) + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI)), x => Activations.Gelu(x), Activations.GeluSlope, relative: 4e-7, absolute: 1.2e-7);

    [Fact]
    public void TheTanhFormAndItsSlopeAreTheirDefinitions() => Check(
        x => x * Sigmoid(2 * Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))),
        x =>
        {
            double s = Sigmoid(2 * Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)));
            return s + (x * s * (1 - s) * 2 * Math.Sqrt(2 / Math.PI) * (1 + (3 * 0.044715 * x * x)));
        },
        x => Activations.GeluTanh(x), Activations.GeluTanhSlope, relative: 5e-7, absolute: 3e-7);

    [Fact]
    public void SoftplusIsExactInProportionFarBelowZeroToo()
    {
        float[] x = [.. Enumerable.Range(-850, 1250).Select(i => i * 0.1f)], y = [.. x];
        Activations.Softplus(y);
        for (int i = 0; i < x.Length; i++)
        {
            // Where e is small, ln(1 + e) is its series: the sum would lose it.
            double e = Math.Exp((double)x[i]), expected = x[i] > 30 ? x[i] : x[i] < -12 ? e * (1 - (e / 2)) : Math.Log(1 + e);
            Assert.Equal(expected, y[i], 2e-6 * expected);
        }
    }

    [Fact]
    public void ClampedGatesAreTheirDefinition()
    {
        var random = new Random(3);
        for (int n = 1; n < 50; n++)
        {
            float[] x = [.. Enumerable.Range(0, n).Select(_ => (random.NextSingle() - 0.5f) * 40)], up = [.. Enumerable.Range(0, n).Select(_ => (random.NextSingle() - 0.5f) * 40)], y = [.. x];
            Activations.ClampedSwiglu(y, up, 1.702f, 7);
            for (int i = 0; i < n; i++)
            {
                double g = Math.Min(x[i], 7), expected = (Math.Clamp(up[i], -7, 7) + 1) * g * Sigmoid(1.702f * g);
                Assert.Equal(expected, y[i], (2e-6 * Math.Abs(expected)) + 1e-9);
            }
        }
    }

    [Fact]
    public void WhatIsNoNumberStaysSo()
    {
        foreach (Row act in (Row[])[x => Activations.Gelu(x), x => Activations.GeluTanh(x), x => Activations.Silu(x), x => Activations.Softplus(x), x => Activations.ClampedSwiglu(x, [1, 1, 1], 1, 7)])
        {
            float[] x = [1, float.NaN, 2];
            act(x);
            Assert.Equal([false, true, false], x.Select(float.IsNaN));
        }

        float[] ends = [float.PositiveInfinity, 1000, -1000, 0];
        Activations.Gelu(ends);
        Assert.Equal([float.PositiveInfinity, 1000, 0, 0], ends.Select(v => v == 0 ? 0 : v));
    }

    [Fact]
    public void RowsOfDifferentLengthsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.Swiglu(new float[3], new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.Swiglu(new float[3], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.ClampedSwiglu(new float[3], [], 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.GeluSlope(new float[3], new float[2]));
    }

    private delegate void SlopeOf(ReadOnlySpan<float> x, Span<float> slope);

    private static void Check(Func<double, double> value, Func<double, double> slope, Row act, SlopeOf derive, double relative, double absolute)
    {
        float[] x = [.. Enumerable.Range(-12000, 24001).Select(i => i * 0.001f)];
        float[] y = [.. x], dy = new float[x.Length];
        act(y);
        derive(x, dy);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(value(x[i]), y[i], (relative * Math.Abs(value(x[i]))) + (absolute * Math.Min(1, Math.Abs(x[i]))));
            Assert.Equal(slope(x[i]), dy[i], (2 * relative * Math.Abs(slope(x[i]))) + (2 * absolute));
        }

        // Alone a number gets the same result as in a row.
        for (int i = 0; i < x.Length; i += 997)
        {
            float[] alone = [x[i]];
            act(alone);
            Assert.Equal(y[i], alone[0]);
        }
    }
}
