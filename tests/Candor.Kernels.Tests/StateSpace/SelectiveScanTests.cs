using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Candor.Kernels.Tests.StateSpace;

/// <summary>The recurrences against their definitions in float64.</summary>
public unsafe class SelectiveScanTests
{
    [Property(MaxTest = 60)]
    public Property ChannelsFollowTheirDefinition() => Prop.ForAll(Gen.Choose(1, 16).ToArbitrary(), Gen.Choose(1, 20).ToArbitrary(), Gen.Choose(0, 9).ToArbitrary(), (channels, stateSize, rows) =>
    {
        var random = new Random((channels * 1000) + (stateSize * 20) + rows);
        int width = channels + 3, wide = (2 * stateSize) + 1;
        float[] x = Numbers(random, rows * width, 1), step = [.. Numbers(random, rows * width, 1).Select(Math.Abs)], bc = Numbers(random, rows * wide, 1);
        float[] a = [.. Numbers(random, channels * stateSize, 2).Select(v => -Math.Abs(v))], d = Numbers(random, channels, 1), state = Numbers(random, channels * stateSize, 1);
        double[] expected = [.. x.Select(v => (double)v)], states = [.. state.Select(v => (double)v)];
        for (int t = 0; t < rows; t++)
        {
            for (int i = 0; i < channels; i++)
            {
                double delta = step[(t * width) + i], u = expected[(t * width) + i], y = d[i] * u;
                for (int n = 0; n < stateSize; n++)
                {
                    ref double h = ref states[(i * stateSize) + n];
                    h = (Math.Exp(delta * a[(i * stateSize) + n]) * h) + (delta * u * bc[(t * wide) + n]);
                    y += h * bc[(t * wide) + stateSize + n];
                }

                expected[(t * width) + i] = y;
            }
        }

        float[] scratch = new float[SelectiveScan.ScratchFloats(stateSize)];
        fixed (float* px = x, ps = step, pbc = bc, pa = a, pd = d, pState = state, room = scratch)
            SelectiveScan.Channels(channels, px, width, ps, width, pbc, pbc + stateSize, wide, pa, pd, pState, stateSize, rows, room);
        Near(expected, x, 2e-5);
        Near(states, state, 2e-6);
    });

    [Fact]
    public void AChannelGetsTheSameWhateverStandsBesideIt()
    {
        const int StateSize = 16, Rows = 7;
        var random = new Random(5);
        float[] x = Numbers(random, Rows * 16, 1), step = [.. Numbers(random, Rows * 16, 1).Select(Math.Abs)], bc = Numbers(random, Rows * 2 * StateSize, 1);
        float[] a = [.. Numbers(random, 16 * StateSize, 2).Select(v => -Math.Abs(v))], d = Numbers(random, 16, 1), scratch = new float[SelectiveScan.ScratchFloats(StateSize)];
        float[] together = [.. x], states = new float[16 * StateSize], alone = [.. x], state = new float[16 * StateSize];
        fixed (float* px = together, py = alone, ps = step, pbc = bc, pa = a, pd = d, p1 = states, p2 = state, room = scratch)
        {
            SelectiveScan.Channels(16, px, 16, ps, 16, pbc, pbc + StateSize, 2 * StateSize, pa, pd, p1, StateSize, Rows, room);
            SelectiveScan.Channels(1, py + 4, 16, ps + 4, 16, pbc, pbc + StateSize, 2 * StateSize, pa + (4 * StateSize), pd + 4, p2 + (4 * StateSize), StateSize, Rows, room);
        }

        for (int t = 0; t < Rows; t++) Assert.Equal(together[(t * 16) + 4], alone[(t * 16) + 4]);
        Assert.Equal(states[(4 * StateSize)..(5 * StateSize)], state[(4 * StateSize)..(5 * StateSize)]);
        for (int t = 0; t < Rows; t++) Assert.Equal(x[(t * 16) + 5], alone[(t * 16) + 5]);
    }

    [Property(MaxTest = 40)]
    public Property HeadsFollowTheirDefinition() => Prop.ForAll(Gen.Choose(1, 9).ToArbitrary(), Gen.Choose(1, 70).ToArbitrary(), Gen.Choose(0, 6).ToArbitrary(), (headSize, stateSize, rows) =>
    {
        var random = new Random((headSize * 1000) + (stateSize * 10) + rows);
        int width = headSize + 2, wide = 2 * stateSize;
        float[] x = Numbers(random, rows * width, 1), step = [.. Numbers(random, rows, 1).Select(Math.Abs)], bc = Numbers(random, rows * wide, 1), state = Numbers(random, headSize * stateSize, 1);
        const float A = -0.7f, D = 0.3f;
        double[] expected = [.. x.Select(v => (double)v)], states = [.. state.Select(v => (double)v)];
        for (int t = 0; t < rows; t++)
        {
            for (int p = 0; p < headSize; p++)
            {
                double u = expected[(t * width) + p], y = D * u;
                for (int n = 0; n < stateSize; n++)
                {
                    ref double h = ref states[(p * stateSize) + n];
                    h = (Math.Exp(step[t] * A) * h) + (step[t] * u * bc[(t * wide) + n]);
                    y += h * bc[(t * wide) + stateSize + n];
                }

                expected[(t * width) + p] = y;
            }
        }

        fixed (float* px = x, ps = step, pbc = bc, pState = state)
            SelectiveScan.Head(px, width, headSize, ps, 1, pbc, pbc + stateSize, wide, A, D, pState, stateSize, rows);
        Near(expected, x, 2e-5);
        Near(states, state, 2e-6);
    });

    private static float[] Numbers(Random random, int count, float scale) => [.. Enumerable.Range(0, count).Select(_ => ((random.NextSingle() * 2) - 1) * scale)];

    private static void Near(double[] expected, float[] actual, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance * (1 + Math.Abs(expected[i])));
    }
}
