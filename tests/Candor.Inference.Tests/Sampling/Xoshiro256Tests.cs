namespace Candor.Inference.Sampling.Tests;

public class Xoshiro256Tests
{
    [Fact]
    public void TheNumbersAreThoseOfTheAuthorsPrograms()
    {
        var random = new Xoshiro256(1, 2, 3, 4);
        Assert.Equal(
            [41943041ul, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205, 9973669472204895162],
            Enumerable.Range(0, 6).Select(_ => random.Next()));
        ulong state = 1234567;
        Assert.Equal(
            [6457827717110365317ul, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            (ulong[])[Xoshiro256.SplitMix64(ref state), Xoshiro256.SplitMix64(ref state), Xoshiro256.SplitMix64(ref state), Xoshiro256.SplitMix64(ref state), Xoshiro256.SplitMix64(ref state)]);
    }

    [Fact]
    public void SharesLieBelowOneAndFillTheRangeEvenly()
    {
        Xoshiro256 random = Xoshiro256.FromSeed(0);
        var counts = new int[100];
        for (int i = 0; i < 100_000; i++)
        {
            double share = random.NextDouble();
            Assert.InRange(share, 0, 1 - 1e-16);
            counts[(int)(share * 100)]++;
        }

        Assert.InRange(counts.Sum(c => (c - 1000.0) * (c - 1000) / 1000), 40, 190);
    }
}
