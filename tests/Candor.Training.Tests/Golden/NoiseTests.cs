namespace Candor.Training.Tests.Golden;

/// <summary>NEFTune (N. Jain et al., arXiv:2310.05914) against the reference: noise on embeddings, given.</summary>
public class NoiseTests
{
    [Fact]
    public void NoisyEmbeddingsGiveTheReferencesLogits()
    {
        using var golden = new GoldenFile(Shared.RequireOracle("training", "neftune.safetensors"));
        using var data = new GoldenFile(Shared.RequireOracle("training", "data.safetensors"));
        using TrainingModel model = Bases.Open("llama-gqa");
        TrainingBatch batch = Bases.Batch(data, 0);
        long[] shape = golden.Shape("noise");
        float scale = 5 / MathF.Sqrt(shape[1] * shape[2]);
        float[] plain = model.Logits(batch), expected = golden.Floats("logits");
        model.EmbeddingNoise = [.. golden.Floats("noise").Select(n => n * scale)];
        float[] noisy = model.Logits(batch);
        Assert.True(plain.Zip(expected).Max(p => Math.Abs(p.First - p.Second)) > 0.01);
        Close.Within(2e-4, expected, noisy, "logits");
        GoldenTable.Passed("training", "neftune", "logits");
    }
}
