using Candor.Models;

namespace Candor.Training.Tests.Golden;

/// <summary>Encoders in training: vectors and gradients against the reference, and pairs against differences.</summary>
public class EmbeddingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GradientsMatchTheReference(bool recompute)
    {
        using var golden = new GoldenFile(Shared.RequireOracle("arch", "bert", "golden.safetensors"));
        using TrainingModel model = Bases.Open("bert", new TrainingModelOptions { Recompute = recompute });
        var embeddings = new EmbeddingModel(model);
        int width = model.Spec.HiddenSize;
        float[] expected = golden.Floats("embeddings"), probe = golden.Floats("probe");
        IReadOnlyList<float[]> actual = embeddings.Embed(Texts(golden));
        Close.Within(2e-5, expected, [.. actual.SelectMany(v => v)], "embeddings");
        Assert.Equal(golden.Floats("loss")[0], actual.SelectMany(v => v).Zip(probe, (a, b) => (double)a * b).Sum(), 1e-5);
        embeddings.Back([.. Enumerable.Range(0, actual.Count).Select(i => probe.AsSpan(i * width, width).ToArray())]);
        Dictionary<string, float[]> gradients = Bases.Named(model, gradients: true);
        foreach (string key in golden.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal)))
        {
            float[] wanted = golden.Floats(key), got = gradients[key["grad.".Length..]];
            for (int i = 0; i < wanted.Length; i++)
                Assert.True(Math.Abs(wanted[i] - got[i]) <= 1e-5 + 1e-4 * Math.Abs(wanted[i]), $"{key}[{i}]: {got[i]} for {wanted[i]}");
        }

        GoldenTable.Passed("training", "bert", "gradients");
    }

    [Fact]
    public void PairsHaveTheSlopesOfTheirLoss()
    {
        using TrainingModel model = Bases.Open("bert");
        var embeddings = new EmbeddingModel(model);
        TrainingBatch batch = Batch([[1, 5, 9], [4, 7], [1, 6, 9, 3], [8, 7, 2]], []);
        model.ClearGradients();
        embeddings.Pairs(batch);
        Parameter table = model.Parameters.All.First(p => p.Role == "query" && p.Layer == 1);
        float[] slopes = table.Gradients.ToArray();
        foreach (int i in (int[])[0, 77, 500])
        {
            const float Step = 1e-2f;
            float before = table.Values[i];
            table.Values[i] = before + Step;
            double more = embeddings.Pairs(batch);
            table.Values[i] = before - Step;
            double less = embeddings.Pairs(batch);
            table.Values[i] = before;
            Assert.Equal((more - less) / (2 * Step), slopes[i], 2e-3 + (2e-2 * Math.Abs(slopes[i])));
        }
    }

    [Fact]
    public void ItCannotForetellTokens()
    {
        using TrainingModel model = Bases.Open("bert");
        Assert.Throws<ModelSpecException>(() => model.Run(TrainingBatch.OfDocuments([[1, 2, 3]]), 1));
        Assert.Throws<ModelInputException>(() => new EmbeddingModel(model).Embed(Batch([[1, 2]], [0, 2])));
    }

    /// <summary>The pack's texts without their padding.</summary>
    private static TrainingBatch Texts(GoldenFile golden)
    {
        int length = (int)golden.Shape("input_ids")[1];
        int[] ids = golden.Ints("input_ids"), mask = golden.Ints("attention_mask"), types = golden.Ints("token_type_ids");
        int[][] Kept(int[] of) => [.. Enumerable.Range(0, ids.Length / length).Select(t => Enumerable.Range(t * length, length).Where(i => mask[i] != 0).Select(i => of[i]).ToArray())];
        return Batch(Kept(ids), [.. Kept(types).SelectMany(t => t)]);
    }

    private static TrainingBatch Batch(int[][] texts, int[] types) => TrainingBatch.OfDocuments(texts) with { TokenTypes = types };
}
