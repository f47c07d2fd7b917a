using Candor.Tokenizers.Models.Bpe;
using FsCheck.Xunit;

namespace Candor.Tokenizers.Tests.Models;

public class BytePairMergerTests
{
    /// <summary>The definition itself: look through the whole word each time.</summary>
    private static List<(int Id, int Width)> Naive(MergeTable merges, IEnumerable<int> word)
    {
        List<(int Id, int Width)> tokens = [.. word.Select(i => (i, 1))];
        while (true)
        {
            (int Rank, int At, int Id) best = (int.MaxValue, -1, -1);
            for (int i = 0; i + 1 < tokens.Count; i++)
                if (merges.TryGet(tokens[i].Id, tokens[i + 1].Id, out int rank, out int id) && rank < best.Rank) best = (rank, i, id);
            if (best.At < 0) return tokens;
            tokens[best.At] = (best.Id, tokens[best.At].Width + tokens[best.At + 1].Width);
            tokens.RemoveAt(best.At + 1);
        }
    }

    [Property(MaxTest = 500)]
    public void Gives_what_the_definition_gives(int seed, bool longWord)
    {
        var random = new System.Random(seed);
        var merges = new MergeTable();
        const int letters = 4;
        int next = letters;
        for (int rank = 0; rank < 30; rank++) merges.Set(random.Next(next), random.Next(next), rank, next++);
        int[] word = [.. Enumerable.Range(0, random.Next(longWord ? 300 : 50)).Select(_ => random.Next(10) == 0 ? -1 : random.Next(letters))];
        int[] ids = [.. word];
        int[] widths = [.. word.Select(_ => 1)];
        int count = BytePairMerger.Merge(merges, ids, widths);
        Assert.Equal(Naive(merges, word), ids.Take(count).Zip(widths.Take(count)).ToList());
    }

    [Fact]
    public void Long_runs_take_little_time()
    {
        var merges = new MergeTable();
        for (int i = 0; i < 16; i++) merges.Set(i, i, i, i + 1);
        var ids = new int[1_000_000];
        var widths = new int[ids.Length];
        Array.Fill(widths, 1);
        double begin = ThreadClock.Seconds;
        int count = BytePairMerger.Merge(merges, ids, widths);
        Assert.Equal(ids.Length, widths.Take(count).Sum());
        Assert.InRange(ThreadClock.Seconds - begin, 0, 20);
    }
}
