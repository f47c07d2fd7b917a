using System.Text.Json;

namespace Candor.Training.Tests.Golden;

/// <summary>Losses by logits, and distillation from a teacher, against the reference.</summary>
public class LossTests
{
    [Theory]
    [InlineData("mean", 0, 0, false)]
    [InlineData("label-smoothing-0.1", 0.1, 0, false)]
    [InlineData("z-loss-1e-2", 0, 1e-2, false)]
    [InlineData("dft", 0, 0, true)]
    public void TokenLossesMatch(string name, double smoothing, double z, bool dynamic)
    {
        using var data = new GoldenFile(Shared.RequireOracle("training", "losses.safetensors"));
        var loss = new TokenLoss { LabelSmoothing = smoothing, ZLoss = z, Dynamic = dynamic };
        Check(loss, data, "logits", name + ".grad", Bases.Json("losses.json").GetProperty(name).GetDouble());
        GoldenTable.Passed("training", "losses", name);
    }

    [Fact]
    public void ASoftCapBendsTheLoss()
    {
        using var data = new GoldenFile(Shared.RequireOracle("training", "losses.safetensors"));
        Check(new SoftCappedLoss(30, TokenLoss.Plain), data, "logits", "softcap-30.grad", Bases.Json("losses.json").GetProperty("softcap-30").GetDouble());
        GoldenTable.Passed("training", "losses", "softcap-30");
    }

    public static TheoryData<string> Distillations => Shared.Rows(Shared.Oracle is null ? [] : Bases.Json("distill.json").EnumerateObject().Select(d => d.Name));

    [Theory]
    [MemberData(nameof(Distillations))]
    public void DistillationMatches(string name)
    {
        using var data = new GoldenFile(Shared.RequireOracle("training", "distill.safetensors"));
        JsonElement golden = Bases.Json("distill.json").GetProperty(name);
        var loss = new DistillationLoss([.. data.Doubles("teacher_logits").Select(x => (float)x)], golden.GetProperty("beta").GetDouble(), golden.GetProperty("temperature").GetDouble());
        Check(loss, data, "student_logits", name + ".grad", golden.GetProperty("loss").GetDouble());
        GoldenTable.Passed("training", "distill", name);
    }

    [Theory]
    [InlineData("forward-kl")]
    [InlineData("reverse-kl")]
    [InlineData("jsd")]
    public void StudentsFollowTheReference(string name)
    {
        JsonElement run = Bases.Json("training.json").GetProperty("runs").GetProperty("distill/" + name), hyper = run.GetProperty("hyper");
        using var data = new GoldenFile(Shared.RequireOracle("training", "data.safetensors"));
        using TrainingModel model = Bases.Open("llama-gqa"), teacher = Bases.Open(hyper.GetProperty("teacher").GetString()!);
        using Optimizer optimizer = Optimizer.Of(OptimizerKind.AdamW, model);
        JsonElement losses = run.GetProperty("losses"), norms = run.GetProperty("grad_norms");
        for (int step = 0; step < losses.GetArrayLength(); step++)
        {
            TrainingBatch batch = Bases.Batch(data, step);
            model.ClearGradients();
            var objective = new DistillationLoss(teacher.Logits(batch), hyper.GetProperty("beta").GetDouble(), hyper.GetProperty("temperature").GetDouble());
            double loss = model.Run(batch, objective, 1f / batch.TargetCount) / batch.TargetCount, norm = optimizer.GradientNorm();
            Assert.True(Math.Abs(loss / losses[step].GetDouble() - 1) <= 5e-5, $"step {step}: loss {loss} for {losses[step]}");
            Assert.True(Math.Abs(norm / norms[step].GetDouble() - 1) <= 2e-4, $"step {step}: gradient {norm} for {norms[step]}");
            optimizer.Step(2e-3, Math.Min(1, 1 / (norm + 1e-6)));
        }

        GoldenTable.Passed("training", "distill/" + name, "20 steps");
    }

    /// <summary>Rows whose label is -100 do not count.</summary>
    private static void Check(LogitLoss loss, GoldenFile data, string logitsKey, string gradientKey, double expected)
    {
        double[] logits = data.Doubles(logitsKey), gradients = data.Doubles(gradientKey);
        int[] labels = data.Ints("labels");
        int width = logits.Length / labels.Length, counted = labels.Count(l => l >= 0);
        double sum = 0;
        for (int r = 0; r < labels.Length; r++)
        {
            if (labels[r] < 0) continue;
            float[] row = [.. logits.AsSpan(r * width, width).ToArray().Select(x => (float)x)];
            sum += loss.Row(row, r, labels[r], 1f / counted);
            for (int i = 0; i < width; i++) Assert.True(Math.Abs(row[i] - gradients[(r * width) + i]) <= 2e-6 + (2e-5 * Math.Abs(row[i])), $"row {r}, {i}: {row[i]} for {gradients[(r * width) + i]}");
        }

        Assert.Equal(1, sum / counted / expected, 1e-5);
    }
}
