using System.Runtime.Intrinsics;

namespace Candor.Kernels.Tests.Vectors;

public unsafe class ExponentialTests
{
    [Fact]
    public void ItIsTheExponentialFunction()
    {
        float* y = stackalloc float[16];
        for (double x = -104; x <= 88; x += 0.00173)
        {
            Exponential.Exp(Vector512.Create((float)x)).Store(y);
            double expected = Math.Exp((float)x);
            if ((float)x < -87.33654f) Assert.Equal(0, y[5]);
            else Assert.True(Math.Abs(y[5] - expected) <= 2.4e-7 * expected, $"e^{x}: {y[5]} for {expected}");
        }

        Exponential.Exp(Vector512.Create(float.NaN)).Store(y);
        Assert.True(float.IsNaN(y[0]));
        Exponential.Exp(Vector512.Create(float.NegativeInfinity)).Store(y);
        Assert.Equal(0, y[0]);
        Exponential.Exp(Vector512.Create(0f)).Store(y);
        Assert.Equal(1, y[0]);
    }

    [Fact]
    public void SumsAndLargestAreOfAllNumbersAndOfNoOthers()
    {
        var random = new Random(1);
        for (int n = 1; n < 100; n++)
        {
            float[] x = [.. Enumerable.Range(0, n).Select(_ => (float)((random.NextDouble() * 40) - 30))], more = [.. x, 1e9f, 7];
            fixed (float* p = more)
            {
                float max = Exponential.Max(p, n), sum = Exponential.SumOf(p, n, max);
                Assert.Equal(x.Max(), max);
                Assert.Equal(x.Sum(v => Math.Exp(v - max)), sum, 1e-6 * sum);
                for (int i = 0; i < n; i++) Assert.Equal(Math.Exp(x[i] - max), more[i], 3e-7);
            }

            Assert.Equal([1e9f, 7], more[n..]);
        }
    }

    [Fact]
    public void SiluIsItsDefinition()
    {
        var random = new Random(2);
        for (int n = 1; n < 70; n++)
        {
            float[] x = [.. Enumerable.Range(0, n).Select(_ => (float)((random.NextDouble() * 60) - 30))], up = [.. x.Select(v => (float)Math.Cos(v))], gated = [.. x], alone = [.. x];
            Activations.Silu(alone);
            Activations.Swiglu(gated, up);
            for (int i = 0; i < n; i++)
            {
                double expected = x[i] / (1 + Math.Exp(-(double)x[i]));
                Assert.Equal(expected, alone[i], 5e-7 * Math.Abs(expected) + 1e-12);
                Assert.Equal(expected * up[i], gated[i], 5e-7 * Math.Abs(expected) + 1e-12);
            }
        }

        float[] ends = [-1000, 1000, float.NaN, 0];
        Activations.Silu(ends);
        Assert.Equal([0, 1000], [Math.Abs(ends[0]) < 1e-30 ? 0 : ends[0], ends[1]]);
        Assert.True(float.IsNaN(ends[2]));
    }
}
