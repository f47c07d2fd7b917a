namespace Candor.Training.Tests.Data;

public class NearDuplicatesTests
{
    private static readonly string[] Words = [.. Enumerable.Range(0, 400).Select(i => $"word{i * 7919 % 1000}")];

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(60)]
    public void SimilarityIsTheShareOfCommonRunsOfWords(int changed)
    {
        string one = string.Join(' ', Words), other = string.Join(' ', Words.Select((w, i) => i % 400 < changed ? $"other{i}" : w));
        HashSet<string> Runs(string text) => [.. Enumerable.Range(0, 396).Select(i => string.Join(' ', text.Split(' '), i, 5))];
        HashSet<string> a = Runs(one), b = Runs(other);
        double exact = (double)a.Intersect(b).Count() / a.Union(b).Count();
        // The standard deviation of 128 hashes is below 0.045.
        Assert.InRange(NearDuplicates.Similarity(one, other), exact - 0.13, exact + 0.13);
    }

    [Fact]
    public void OnlyNearlyEqualTextsAreLeftOut()
    {
        var seen = new NearDuplicates(0.8);
        Assert.True(seen.Add(string.Join(' ', Words)));
        Assert.False(seen.Add(string.Join(", ", Words).ToUpperInvariant()));
        Assert.False(seen.Add(string.Join(' ', Words.Select((w, i) => i == 200 ? "changed" : w))));
        Assert.True(seen.Add(string.Join(' ', Words.Select((w, i) => i % 6 == 0 ? $"changed{i}" : w))));
        Assert.True(seen.Add("two words"));
        Assert.False(seen.Add("Two words!"));
        Assert.True(seen.Add("two other"));
        Assert.Equal(4, seen.Count);
    }

    [Fact]
    public void EmptyTextsAreOneText()
    {
        var seen = new NearDuplicates();
        Assert.True(seen.Add(""));
        Assert.False(seen.Add("  ...  "));
    }
}
