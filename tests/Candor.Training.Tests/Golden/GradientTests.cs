using Candor.Models;

namespace Candor.Training.Tests.Golden;

/// <summary>Gradients of every family that can be trained against the reference.</summary>
public class GradientTests
{
    /// <summary>Families that foretell no tokens; <see cref="EmbeddingTests"/> has them.</summary>
    private static readonly string[] Encoders = ["bert"];

    public static TheoryData<string> Families => Shared.Rows(Shared.OracleFolders("arch").Where(f => !Encoders.Contains(f) && File.Exists(Path.Combine(Shared.Oracle!, "arch", f, "golden.safetensors"))));

    [Theory]
    [MemberData(nameof(Families))]
    public void GradientsMatchTheReference(string family)
    {
        using var golden = new GoldenFile(Shared.RequireOracle("arch", family, "golden.safetensors"));
        foreach (bool recompute in (bool[])[false, true])
        {
            using TrainingModel model = Bases.Open(family, new TrainingModelOptions { Recompute = recompute });
            int[] ids = golden.Ints("input_ids");
            TrainingBatch batch = TrainingBatch.OfDocuments([ids]);
            Close.Within(2e-5, golden.Floats("logits"), model.Logits(batch), "logits");
            double loss = model.Run(batch, 1f / batch.TargetCount) / batch.TargetCount;
            Assert.Equal(golden.Floats("loss")[0], loss, 1e-5);
            Dictionary<string, float[]> gradients = Bases.Named(model, gradients: true);
            foreach (string key in golden.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal)))
            {
                float[] expected = golden.Floats(key), actual = gradients.GetValueOrDefault(key["grad.".Length..]) ?? gradients[key["grad.".Length..].Replace("lm_head", "embed_out", StringComparison.Ordinal)];
                for (int i = 0; i < expected.Length; i++)
                    Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-5 + 1e-4 * Math.Abs(expected[i]), $"{key}[{i}]: {actual[i]} for {expected[i]}");
            }
        }

        GoldenTable.Passed("training", family, "gradients");
    }
}
