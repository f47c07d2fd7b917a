namespace Candor.Training.Tests.Data;

/// <summary>Which entries of a recipe's files are used, and what for.</summary>
public sealed class DataSelectionTests : IDisposable
{
    private readonly TempFolder folder = new();

    public DataSelectionTests()
    {
        folder.Write("a.jsonl", string.Concat(Enumerable.Range(0, 300).Select(i => $$"""{"text": "Text number {{i % 250}} of the first file."}""" + "\n")));
        folder.Write("b.jsonl", """{"messages": [{"role": "user", "content": "Text number 7"}, {"role": "assistant", "content": "of the first file."}]}""" + "\n" + """{"text": "Text number 7 of the first file."}""" + "\n");
        folder.Write("valid.jsonl", """{"text": "Text number 3 of the first file."}""" + "\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EqualEntriesAreDroppedAndSoAreThoseOfTheValidationSet()
    {
        var data = new RecipeData { Train = ["a.jsonl", "b.jsonl"], Valid = ["valid.jsonl"], Deduplicate = Deduplication.Exact };
        SelectedEntry[] all = [.. DataSelection.Read(data, folder.Path)];
        Assert.Equal(303, all.Length);
        Assert.Equal(51, all.Count(e => e.File == 0 && e.Use == DataUse.Train && e.Dropped == DropReason.Duplicate));
        Assert.Equal([DropReason.None, DropReason.Duplicate], all.Where(e => e.File == 1).Select(e => e.Dropped));
        Assert.DoesNotContain(DataSelection.Used(data, folder.Path), e => e.Use == DataUse.Train && e.Entry.Json!.Value.GetRawText().Contains("number 3 ", StringComparison.Ordinal));
        Assert.Equal(303, DataSelection.Used(data with { Deduplicate = Deduplication.None }, folder.Path).Count());
    }

    [Fact]
    public void ThePartForValidationDependsOnTheTextAlone()
    {
        var data = new RecipeData { Train = ["a.jsonl"], ValidShare = 0.3 };
        string[] Texts(DataUse use, RecipeData of) => [.. DataSelection.Used(of, folder.Path).Where(e => e.Use == use).Select(e => e.Entry.Json!.Value.GetProperty("text").GetString()!)];
        string[] held = Texts(DataUse.Valid, data), train = Texts(DataUse.Train, data);
        Assert.InRange(held.Length, 60, 120);
        Assert.Empty(held.Intersect(train));
        Assert.Equal(300, held.Length + train.Length);
        // A larger share holds the smaller one.
        Assert.Empty(held.Except(Texts(DataUse.Valid, data with { ValidShare = 0.5 })));
    }

    [Fact]
    public void FilteredEntriesAreCounted()
    {
        var data = new RecipeData { Train = ["a.jsonl"], Filter = new RecipeFilter { NotMatching = "number 1" } };
        Assert.Equal(300 - DataSelection.Used(data, folder.Path).Count(), DataSelection.Read(data, folder.Path).Count(e => e.Dropped == DropReason.Filtered));
        Assert.Equal(111 + 11, DataSelection.Read(data, folder.Path).Count(e => e.Dropped == DropReason.Filtered));
    }

    [Theory]
    [InlineData(1, 2.0, 1.0)]
    [InlineData(2, 0.5, 3.0)]
    [InlineData(3, 0.0, 1.25)]
    public void WeightsSayHowOftenEachPartIsDrawn(ulong seed, double first, double second)
    {
        var order = new ShuffledOrder([new DataPart(40, first), new DataPart(80, second)], seed);
        var halves = new List<int[]>();
        for (int epoch = 0; epoch < 2; epoch++)
        {
            var drawn = new List<int>();
            while (order.Epoch == epoch)
            {
                drawn.Add(order.Peek());
                order.Advance();
            }

            Assert.Equal((int)(40 * first), drawn.Count(i => i < 40));
            Assert.Equal((int)(80 * second), drawn.Count(i => i >= 40));
            Assert.All(drawn.GroupBy(i => i), g => Assert.InRange(g.Count(), (int)Math.Floor(g.Key < 40 ? first : second), (int)Math.Ceiling(g.Key < 40 ? first : second)));
            halves.Add([.. drawn]);
        }

        Assert.NotEqual(halves[0], halves[1]);
        var again = new ShuffledOrder([new DataPart(40, first), new DataPart(80, second)], seed);
        again.Seek(1, 5);
        Assert.Equal(halves[1][5], again.Peek());
    }

    [Fact]
    public void NothingToDrawIsRefused() => Assert.Throws<TrainingException>(() => new ShuffledOrder([new DataPart(3, 0)], 1).Peek());
}
