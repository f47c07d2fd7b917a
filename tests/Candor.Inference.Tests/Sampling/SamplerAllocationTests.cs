namespace Candor.Inference.Sampling.Tests;

public class SamplerAllocationTests
{
    [Theory]
    [MemberData(nameof(SamplerTests.Varied), MemberType = typeof(SamplerTests), DisableDiscoveryEnumeration = true)]
    public void ChoosingAllocatesNothing(SamplingOptions options)
    {
        var sampler = new Sampler(options with { Seed = 1 }, 3001);
        float[][] rows = [.. Enumerable.Range(0, 8).Select(i => SamplerTests.Logits(3001, (ulong)i))];
        int[] history = [.. Enumerable.Range(0, 300).Select(i => i * i % 17)];
        var top = new TokenLogProbability[5];
        for (int i = 0; i < 200; i++) sampler.Sample(rows[i % rows.Length], history, 20);
        LogProbabilities.Of(rows[0], 0, top, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++)
        {
            int token = sampler.Sample(rows[i % rows.Length], history, 20);
            LogProbabilities.Of(rows[i % rows.Length], token, top, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
