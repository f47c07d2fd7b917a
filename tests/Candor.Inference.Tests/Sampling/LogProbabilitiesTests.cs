using FsCheck.Xunit;

namespace Candor.Inference.Sampling.Tests;

public class LogProbabilitiesTests
{
    [Property(MaxTest = 300)]
    public void TheyAreTheLogSoftmaxAndTheTopComesInOrder(short[] raw, byte wanted)
    {
        float[] logits = [0, .. raw.Select(v => v % 512 / 16f)];
        double max = logits.Max(), sum = max + Math.Log(logits.Sum(x => Math.Exp(x - max)));
        var top = new TokenLogProbability[wanted % 21];
        int token = wanted % logits.Length;
        double chosen = LogProbabilities.Of(logits, token, top, out int written);
        Assert.Equal(logits[token] - sum, chosen, 1e-12);
        Assert.Equal(chosen, LogProbabilities.Of(logits, token));
        Assert.Equal(Math.Min(top.Length, logits.Length), written);
        int[] ranked = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(written)];
        Assert.Equal(ranked, top[..written].Select(t => t.Token));
        Assert.All(top[..written], t => Assert.Equal(logits[t.Token] - sum, t.LogProbability, 1e-12));
    }

    [Fact]
    public void OffsetsDoNotMatterAndForbiddenTokensHaveNone()
    {
        float[] logits = [1000, 1001, float.NegativeInfinity, 999];
        Assert.Equal(LogProbabilities.Of([0, 1, -99999, -1], 1), LogProbabilities.Of(logits, 1), 1e-12);
        Assert.Equal(double.NegativeInfinity, LogProbabilities.Of(logits, 2));
        var top = new TokenLogProbability[4];
        LogProbabilities.Of(logits, 0, top, out int written);
        Assert.Equal([1, 0, 3, 2], top[..written].Select(t => t.Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => LogProbabilities.Of([1, 2], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => LogProbabilities.Of([1, 2], -1, top, out _));
    }
}
