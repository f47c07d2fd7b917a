using Candor.Kernels.Limits;

namespace Candor.Kernels.Tests.Limits;

public class MachineLimitsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void AtLeastOneThreadIsAskedFor(int threads) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MachineLimits.Measure(threads));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LimitsArePlausible(int threads)
    {
        MachineLimits limits = MachineLimits.Measure(threads);
        Assert.Equal(threads, limits.Threads);
        // From a slow emulated core to far more than any core of today: outside it the loops or the clock are wrong.
        Assert.InRange(limits.ReadBytesPerSecond, 0.1e9, threads * 200e9);
        Assert.InRange(limits.Int8MacsPerSecond, 0.1e9, threads * 3000e9);
        Assert.InRange(limits.Fp32FlopsPerSecond, 0.1e9, threads * 1000e9);
        if (limits.BFloat16FlopsPerSecond > 0) Assert.InRange(limits.BFloat16FlopsPerSecond, 0.1e9, threads * 2000e9);
        if (limits.TileFlopsPerSecond > 0) Assert.InRange(limits.TileFlopsPerSecond, 0.1e9, threads * 10000e9);
        Assert.NotEmpty(limits.Int8Instructions);
        Assert.NotEmpty(limits.Fp32Instructions);
        TestContext.Current.SendDiagnosticMessage(limits.ToString());
    }

    [Fact]
    public void EveryLoopDependsOnEveryPass()
    {
        foreach (ArithmeticLoop loop in (ArithmeticLoop[])[.. Int8Loops.Supported(), .. Fp32Loops.Supported(), .. TileLoops.Pairs(), .. TileLoops.Floats(), .. TileLoops.MatrixTiles()])
            Assert.NotEqual(Sum(loop, 1), Sum(loop, 2));
    }

    [Fact]
    public void LoopsAgreeWithAPlainSum()
    {
        // a[i] * b over the panel: 0.0625 as a float is the bytes 0, 0, 128 (-128) and 61, that is -67 for each four.
        const int fours = ArithmeticLoop.PanelBytes / 4;
        foreach (ArithmeticLoop loop in Int8Loops.Supported())
        {
            int factors = (loop.UnitsPerPass / ArithmeticLoop.PanelBytes) switch { 4 => 1 + 2 + 3 + 4, 3 => 1 + 2 + 3, _ => 3 };
            Assert.Equal(-67f * fours * factors, Sum(loop, 1));
        }

        foreach (ArithmeticLoop loop in Fp32Loops.Supported())
            Assert.Equal(0.0625f * (0.5f + 0.25f + 0.125f) * fours, Sum(loop, 1), 1e-2f);
    }

    [Fact]
    public void WorkOfAllThreadsIsCounted()
    {
        double one = RateMeter.Measure(1, 0.06, Sleep), three = RateMeter.Measure(3, 0.06, Sleep);
        Assert.InRange(one, 10, 1000);
        Assert.InRange(three, 30, 3000);

        static long Sleep(int thread)
        {
            Thread.Sleep(1);
            return 1;
        }
    }

    private static unsafe float Sum(ArithmeticLoop loop, int passes)
    {
        using var panel = new Candor.Tensors.NativeBuffer(ArithmeticLoop.PanelBytes);
        panel.AsSpan<float>().Fill(0.0625f);
        return loop.Run(panel.Pointer, passes);
    }
}
