using FsCheck;
using FsCheck.Xunit;

namespace Candor.Inference.Sampling.Tests;

/// <summary>What each cut must hold to for any logits, ties included.</summary>
public class StepPropertyTests
{
    private const double Slack = 1e-12;

    [Property(MaxTest = 300)]
    public void TopKKeepsExactlyTheFirstOfTheOrder(short[] raw, PositiveInt k)
    {
        double[] logits = Logits(raw);
        int n = Math.Min(logits.Length, k.Get);
        int[] expected = [.. Ranked(logits).Take(n).Order()];
        Assert.Equal(expected, Kept(logits, c => TopK.Apply(c, k.Get)));
    }

    [Property(MaxTest = 300)]
    public void TopPKeepsTheLeastSetThatReachesTheMass(short[] raw, ushort share)
    {
        double[] logits = Logits(raw), p = Softmax(logits);
        double mass = share / 65536.0;
        int[] kept = Kept(logits, c => TopP.Apply(c, mass));
        int[] ranked = Ranked(logits);
        Assert.Equal(ranked.Take(kept.Length).Order(), kept);
        Assert.NotEmpty(kept);
        Assert.True(kept.Sum(i => p[i]) >= mass - Slack);
        Assert.True(ranked.Take(kept.Length - 1).Sum(i => p[i]) < mass + Slack);
    }

    [Property(MaxTest = 300)]
    public void TypicalKeepsTheNearestToTheEntropyAndTheLeastMass(short[] raw, ushort share)
    {
        double[] logits = Logits(raw), p = Softmax(logits);
        double mass = share / 65536.0, entropy = -p.Sum(x => x > 0 ? x * Math.Log(x) : 0);
        double[] strange = [.. p.Select(x => Math.Abs(-Math.Log(x) - entropy))];
        int[] kept = Kept(logits, c => Typical.Apply(c, mass));
        Assert.NotEmpty(kept);
        double border = kept.Max(i => strange[i]);
        Assert.All(Enumerable.Range(0, p.Length).Except(kept), i => Assert.True(strange[i] >= border - 1e-9));
        Assert.True(kept.Sum(i => p[i]) >= mass - 1e-9);
        double nearest = kept.Where(i => strange[i] < border - 1e-9).Sum(i => p[i]);
        Assert.True(nearest < mass + 1e-9);
    }

    [Property(MaxTest = 300)]
    public void MinPAndEpsilonKeepWhatReachesTheBar(short[] raw, ushort share)
    {
        double[] logits = Logits(raw), p = Softmax(logits);
        double bar = (share + 0.37) / 65537.0, top = p.Max();
        int[] ids = [.. Enumerable.Range(0, p.Length)];
        Assert.Equal(ids.Where(i => p[i] >= bar * top), Kept(logits, c => MinP.Apply(c, bar)));
        Assert.Equal(ids.Where(i => p[i] >= bar || p[i] == top), Kept(logits, c => EpsilonCutoff.Apply(c, bar)));
        double entropy = -p.Sum(x => x > 0 ? x * Math.Log(x) : 0), eta = Math.Min(bar, Math.Sqrt(bar) * Math.Exp(-entropy));
        Assert.Equal(ids.Where(i => p[i] >= eta || p[i] == top), Kept(logits, c => EtaCutoff.Apply(c, bar)));
    }

    [Property(MaxTest = 300)]
    public void XtcLeavesTheLeastOfTheTopChoicesAndAllOthers(short[] raw, ushort share)
    {
        double[] logits = Logits(raw), p = Softmax(logits);
        double bar = (share + 0.37) / 131073.0;
        int[] ids = [.. Enumerable.Range(0, p.Length)];
        int[] tops = [.. Ranked(logits).Where(i => p[i] >= bar)];
        Assert.Equal(tops.Length < 2 ? ids : ids.Except(tops[..^1]), Kept(logits, c => Xtc.Apply(c, bar)));
    }

    [Property(MaxTest = 300)]
    public void TemperatureKeepsAllAndTheRatiosOfTheLogs(short[] raw, ushort t)
    {
        double[] logits = Logits(raw);
        double temperature = 0.01 + t / 20000.0;
        Candidates candidates = Load(logits);
        Temperature.Apply(candidates, temperature);
        Assert.Equal(logits.Length, candidates.Count);
        for (int i = 0; i < logits.Length; i++)
            Assert.Equal((logits[i] - logits[0]) / temperature, candidates.Logits[i] - candidates.Logits[0], 1e-9);
    }

    [Property(MaxTest = 300)]
    public void DryFindsTheLongestMatchesThatAPlainSearchFinds(byte[] raw, byte allowed, bool breaker)
    {
        int[] window = [.. raw.Take(60).Select(b => b % 4)];
        int least = 1 + allowed % 3;
        int[] breakers = breaker ? [3] : [];
        Candidates candidates = Load(new double[5]);
        new Dry(breakers).Apply(candidates, window, 0.5, 1.5, least);
        for (int token = 0; token < 5; token++)
        {
            int longest = 0;
            for (int at = 0; at < window.Length && !breakers.Contains(token); at++)
            {
                if (window[at] != token) continue;
                int m = 0;
                while (m < at && window[at - 1 - m] == window[^(1 + m)] && !breakers.Contains(window[^(1 + m)])) m++;
                longest = Math.Max(longest, m);
            }

            Assert.Equal(longest >= least ? -0.5 * Math.Pow(1.5, longest - least) : 0, candidates.Logits[token], 1e-9 * Math.Pow(1.5, longest));
        }
    }

    [Property(MaxTest = 200)]
    public void NoRunOfNTokensIsEverRepeated(byte seed, byte length)
    {
        int n = 1 + length % 4;
        var sampler = new Sampler(new SamplingOptions { NoRepeatNGram = n, Seed = seed }, 30);
        List<int> text = SamplerTests.Generate(sampler, 25);
        var runs = Enumerable.Range(0, text.Count - n + 1).Select(i => string.Join(' ', text.Skip(i).Take(n))).ToList();
        Assert.Equal(runs.Count, runs.Distinct().Count());
    }

    [Property(MaxTest = 200)]
    public void AnyOrderLeavesADistribution(short[] raw, byte[] shuffle, byte which)
    {
        float[] logits = [.. Logits(raw).Select(x => (float)x)];
        SamplingStep[] order = [.. Enum.GetValues<SamplingStep>().OrderBy(s => shuffle.Length == 0 ? (int)s : shuffle[(int)s % shuffle.Length] * 16 + (int)s)];
        var options = new SamplingOptions
        {
            Order = order, Temperature = 0.7, TopK = 1 + which, TopP = 0.9, MinP = 0.01, TypicalP = 0.95, TopNSigma = 3,
            XtcProbability = 0.3, EpsilonCutoff = 1e-4, EtaCutoff = 1e-3,
        };
        var p = new double[logits.Length];
        new Sampler(options, logits.Length).Probabilities(logits, [], 0, p);
        Assert.All(p, x => Assert.InRange(x, 0, 1 + Slack));
        Assert.Equal(1, p.Sum(), 1e-9);
    }

    [Theory]
    [InlineData(4099, 1)]
    [InlineData(50_000, 2)]
    [InlineData(150_001, 3)]
    public void LargeVocabulariesAreCutLikeSmallOnes(int n, int seed)
    {
        // Rounded in part, so that there are many ties.
        double[] logits = [.. SamplerTests.Logits(n, (ulong)seed).Select((x, i) => i % 3 == 0 ? Math.Round(x * 8) / 8 : x)];
        double[] p = Softmax(logits);
        int[] ranked = Ranked(logits);
        foreach (int k in (int[])[1, 2, 40, 1000, n / 2, n - 1, n])
            Assert.Equal(ranked.Take(k).Order(), Kept(logits, c => TopK.Apply(c, k)));
        foreach (double mass in (double[])[0.0001, 0.31, 0.95, 0.9999])
        {
            int[] kept = Kept(logits, c => TopP.Apply(c, mass));
            Assert.Equal(ranked.Take(kept.Length).Order(), kept);
            Assert.InRange(kept.Sum(i => p[i]) - mass, -1e-10, p[ranked[kept.Length - 1]] + 1e-10);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void HostileRowsAreCutInTime(bool falling)
    {
        // Sorted, organ-pipe and constant rows are what bad pivots choke on.
        const int N = 100_000;
        double[][] rows =
        [
            [.. Enumerable.Range(0, N).Select(i => (falling ? -i : i) * 1e-4)],
            [.. Enumerable.Range(0, N).Select(i => (falling ? -1 : 1) * Math.Abs(i - N / 2) * 1e-4)],
            [.. Enumerable.Repeat(1.0, N)],
        ];
        long start = Environment.TickCount64;
        foreach (double[] row in rows)
        {
            Assert.Equal(Ranked(row).Take(5000).Order(), Kept(row, c => TopK.Apply(c, 5000)));
            Assert.NotEmpty(Kept(row, c => TopP.Apply(c, 0.999)));
            Assert.NotEmpty(Kept(row, c => Typical.Apply(c, 0.5)));
        }

        Assert.InRange(Environment.TickCount64 - start, 0, 10_000);
    }

    internal static double[] Logits(short[] raw) => [0, .. raw.Select(v => v % 128 / 8.0)];

    internal static Candidates Load(double[] logits)
    {
        var candidates = new Candidates(logits.Length);
        candidates.Fill(logits.Length);
        logits.CopyTo(candidates.Logits);
        return candidates;
    }

    private static int[] Kept(double[] logits, Action<Candidates> step)
    {
        Candidates candidates = Load(logits);
        step(candidates);
        int[] ids = [.. Enumerable.Range(0, candidates.Count).Select(candidates.Id)];
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.Equal(logits[ids[i]], candidates.Logits[i]);
            Assert.Equal(i, candidates.IndexOf(ids[i]));
        }

        Assert.All(Enumerable.Range(-1, Math.Min(50, logits.Length + 2)).Except(ids), id => Assert.Equal(-1, candidates.IndexOf(id)));
        return ids;
    }

    private static int[] Ranked(double[] logits) => [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i)];

    private static double[] Softmax(double[] logits)
    {
        double max = logits.Max(), sum = logits.Sum(x => Math.Exp(x - max));
        return [.. logits.Select(x => Math.Exp(x - max) / sum)];
    }
}
