namespace Candor.Inference.Sampling.Tests;

/// <summary>Draws follow the distribution that the sampler states.</summary>
public class SamplerDrawTests
{
    [Theory]
    [MemberData(nameof(SamplerTests.Varied), MemberType = typeof(SamplerTests), DisableDiscoveryEnumeration = true)]
    public void FrequenciesFitTheProbabilities(SamplingOptions options)
    {
        const int Draws = 200_000;
        foreach (int vocabulary in (int[])[7, 700])
        {
            float[] logits = SamplerTests.Logits(vocabulary, 4);
            int[] history = [1, 2, 3, 4, 1, 2, 3];
            var sampler = new Sampler(options with { Seed = 99 }, vocabulary);
            var p = new double[vocabulary];
            sampler.Probabilities(logits, history, 2, p);
            Assert.Equal(1, p.Sum(), 1e-12);

            // Mirostat changes its bound with every draw: each is made from the same place.
            double mu = sampler.State.Mu;
            var counts = new int[vocabulary];
            for (int i = 0; i < Draws; i++)
            {
                counts[sampler.Sample(logits, history, 2)]++;
                if (options.Mirostat) sampler.State = sampler.State with { Mu = mu };
            }

            AssertFits(p, counts, Draws);
        }
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.2499, 0)]
    [InlineData(0.2501, 1)]
    [InlineData(0.7501, 3)]
    [InlineData(0.99999999999999989, 3)]
    public void TheInverseOfTheDistributionIsTakenInOrderOfIds(double share, int expected)
    {
        var candidates = new Candidates(5);
        candidates.Load([2, 2, 2, 2, float.NegativeInfinity]);
        candidates.DropForbidden();
        Assert.Equal(expected, Draw.Pick(candidates, share, out double probability));
        Assert.Equal(0.25, probability);
    }

    // Pearson's test; tokens expected fewer than 10 times are pooled. The bound is chi-square's mean plus 5 standard deviations.
    private static void AssertFits(double[] p, int[] counts, int draws)
    {
        double statistic = 0, rareExpected = 0;
        int rare = 0, cells = 0;
        for (int i = 0; i < p.Length; i++)
        {
            if (p[i] == 0) Assert.Equal(0, counts[i]);
            double expected = p[i] * draws;
            if (expected < 10)
            {
                rareExpected += expected;
                rare += counts[i];
                continue;
            }

            statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
            cells++;
        }

        if (rareExpected > 10)
        {
            statistic += (rare - rareExpected) * (rare - rareExpected) / rareExpected;
            cells++;
        }

        int freedom = cells - 1;
        Assert.True(statistic <= freedom + 5 * Math.Sqrt(2 * freedom) + 1e-9, $"chi-square {statistic} with {freedom} degrees of freedom");
    }
}
