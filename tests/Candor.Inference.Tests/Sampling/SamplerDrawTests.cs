namespace Candor.Inference.Sampling.Tests;

/// <summary>Draws follow the distribution that the sampler states.</summary>
public class SamplerDrawTests
{
    [Theory]
    [MemberData(nameof(SamplerTests.Varied), MemberType = typeof(SamplerTests), DisableDiscoveryEnumeration = true)]
    public void FrequenciesFitTheProbabilities(SamplingOptions options)
    {
        foreach ((int vocabulary, int draws) in ((int, int)[])[(7, 100_000), (700, 20_000)])
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
            for (int i = 0; i < draws; i++)
            {
                counts[sampler.Sample(logits, history, 2)]++;
                if (options.Mirostat) sampler.State = sampler.State with { Mu = mu };
            }

            AssertFits(p, counts, draws);
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

    private const double Bound = 5;

    // Pearson's test; tokens expected fewer than 10 times are pooled. 
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
        if (freedom == 0) return;

        // Wilson and Hilferty's cube root makes chi-square nearly normal, also far out: 5 deviations are one in 3.5 million.
        double spread = 2.0 / (9 * freedom), deviations = (Math.Cbrt(statistic / freedom) - (1 - spread)) / Math.Sqrt(spread);
        Assert.True(deviations <= Bound, $"chi-square {statistic} with {freedom} degrees of freedom: {deviations} deviations");
    }
}
