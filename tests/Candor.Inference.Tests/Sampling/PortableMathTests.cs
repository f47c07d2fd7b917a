using FsCheck.Xunit;

namespace Candor.Inference.Sampling.Tests;

public class PortableMathTests
{
    [Fact]
    public void ExpAndLogAreWithinTwoUnitsOfTheLibrary()
    {
        Xoshiro256 random = Xoshiro256.FromSeed(11);
        for (int i = 0; i < 200_000; i++)
        {
            double x = -random.NextDouble() * (i % 3 == 0 ? 708 : i % 3 == 1 ? 10 : 1e-3);
            double e = Math.Exp(x);
            Assert.True(Math.Abs(PortableMath.Exp(x) - e) <= 2 * (Math.BitIncrement(e) - e), $"exp {x:R}");
            double y = random.NextDouble() * (i % 2 == 0 ? 2 : 1e6) + 1e-9, l = Math.Log(y);
            Assert.True(Math.Abs(PortableMath.Log(y) - l) <= 4e-16 * Math.Max(0.5, Math.Abs(l)), $"log {y:R}");
        }
    }

    [Fact]
    public void TheEndsAreExact()
    {
        Assert.Equal(1, PortableMath.Exp(0));
        Assert.Equal(1, PortableMath.Exp(-0.0));
        Assert.Equal(0, PortableMath.Exp(-709));
        Assert.Equal(0, PortableMath.Exp(double.NegativeInfinity));
        Assert.Equal(0, PortableMath.Exp(-1e300));
        Assert.Equal(0, PortableMath.Log(1));
        Assert.Equal(PortableMath.Ln2, PortableMath.Log(2));
        Assert.Equal(0, PortableMath.Power(0.0, 0.5));
        Assert.Equal(1, PortableMath.Power(1.0, 7.5));
        Assert.Equal(0.125, PortableMath.Power(0.25, 1.5), 1e-15);
        Assert.Equal(1024, PortableMath.Power(2.0, 10));
        Assert.Equal(double.PositiveInfinity, PortableMath.Power(100.0, 1 << 20));
    }

    [Property]
    public void SumsAndLargestAreThoseOfAPlainLoop(short[] raw)
    {
        double[] x = [.. raw.Select(v => v / 300.0)];
        double max = x.Length == 0 ? double.NegativeInfinity : x.Max();
        Assert.Equal(max, PortableMath.Max(x));
        if (x.Length == 0) return;
        double[] weights = new double[x.Length];
        double sum = PortableMath.Exp(x, max, weights);
        Assert.Equal(sum, PortableMath.SumExp(x, max));
        Assert.Equal(x.Sum(v => Math.Exp(v - max)), sum, 1e-12 * x.Length);
        for (int i = 0; i < x.Length; i++) Assert.Equal(PortableMath.Exp(x[i] - max), weights[i]);
        float[] f = [.. x.Select(v => (float)v)];
        Assert.Equal(PortableMath.SumExp([.. f.Select(v => (double)v)], max), PortableMath.SumExp(f, max));
    }

    // 0x1.p-n patterns of a few results, so that a change of the arithmetic does not go unseen.
    [Theory]
    [InlineData(-0.1, 0x3FECF468D8A9B72FL)]
    [InlineData(-1, 0x3FD78B56362CEF38L)]
    [InlineData(-20.5, 0x3E157BD8A0B5B8EDL)]
    public void BitsAreTheSameEverywhere(double x, long bits)
    {
        long found = BitConverter.DoubleToInt64Bits(PortableMath.Exp(x));
        Assert.InRange(found - BitConverter.DoubleToInt64Bits(Math.Exp(x)), -1, 1);
        Assert.Equal(bits, found);
    }
}
