using System.Text.Json;

namespace Candor.Training.Tests.Golden;

/// <summary>Documents packed into one row, and steps made of several batches, against the reference.</summary>
public class BatchTests
{
    public static TheoryData<string> Packings => Shared.Rows(Shared.Oracle is null ? [] : Bases.Json("packing.json").EnumerateObject().Where(p => p.Value.TryGetProperty("lengths", out _)).Select(p => p.Name));

    [Theory]
    [MemberData(nameof(Packings))]
    public void PackedDocumentsAreSeparateDocuments(string family)
    {
        JsonElement golden = Bases.Json("packing.json").GetProperty(family);
        using var data = new GoldenFile(Shared.RequireOracle("training", $"packing-{family}.safetensors"));
        int[] ids = data.Ints("input_ids"), labels = data.Ints("labels"), lengths = [.. golden.GetProperty("lengths").EnumerateArray().Select(l => l.GetInt32())];
        var segments = new List<Segment>();
        foreach (int length in lengths) segments.Add(new Segment(segments.Sum(s => s.Count), length));
        int[] targets = [.. Enumerable.Range(0, ids.Length).Select(i => labels[i] >= 0 ? labels[i] : -1)];
        using TrainingModel model = Bases.Open(family);
        var batch = new TrainingBatch(ids, targets, segments);
        Close.Within(2e-5, data.Floats("logits"), model.Logits(batch), "logits");
        Assert.Equal(golden.GetProperty("targets").GetInt32(), batch.TargetCount);
        Assert.Equal(golden.GetProperty("loss").GetDouble(), model.Run(batch, 1f / batch.TargetCount) / batch.TargetCount, 1e-5);
        Check(model, data);
        GoldenTable.Passed("training", family, "packing");
    }

    [Theory]
    [InlineData("mamba")]
    [InlineData("mamba2")]
    [InlineData("falcon-h1")]
    [InlineData("deepseek-v3")]
    [InlineData("gpt-oss")]
    public void PackedIsTheSumOfSeparateDocuments(string family)
    {
        Shared.RequireOracle("arch", family);
        int[][] documents = [[3, 1, 4, 1, 5, 9, 2], [6, 5], [3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6]];
        using TrainingModel packed = Bases.Open(family), apart = Bases.Open(family);
        TrainingBatch all = TrainingBatch.OfDocuments(documents);
        double sum = documents.Sum(d => apart.Run(TrainingBatch.OfDocuments([d]), 1f / all.TargetCount));
        Assert.Equal(sum, packed.Run(all, 1f / all.TargetCount), 1e-4);
        foreach ((Parameter one, Parameter other) in packed.Trained.Zip(apart.Trained)) Close.Within(2e-6, other.Gradients.ToArray(), one.Gradients.ToArray(), one.Name);
    }

    [Fact]
    public void StepsOfSeveralBatchesAreOneBatch()
    {
        using var data = new GoldenFile(Shared.RequireOracle("training", "accumulation.safetensors"));
        long[] shape = data.Shape("input_ids");
        int rows = (int)shape[0], length = (int)shape[1];
        int[] ids = data.Ints("input_ids"), mask = data.Ints("loss_mask");
        TrainingBatch[] parts = [.. Enumerable.Range(0, rows).Select(r => Bases.Batch(ids.AsSpan(r * length, length), mask.AsSpan(r * length, length), 1, length))];
        using TrainingModel model = Bases.Open("llama-gqa");
        foreach (TrainingBatch part in parts) model.Run(part, 1f / parts.Sum(p => p.TargetCount));
        Check(model, data);
        GoldenTable.Passed("training", "llama-gqa", "accumulation");
    }

    private static void Check(TrainingModel model, GoldenFile data)
    {
        Dictionary<string, float[]> gradients = Bases.Named(model, gradients: true);
        foreach (string key in data.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal)))
        {
            float[] expected = data.Floats(key), actual = gradients[key["grad.".Length..]];
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-5 + (1e-4 * Math.Abs(expected[i])), $"{key}[{i}]: {actual[i]} for {expected[i]}");
        }
    }
}
