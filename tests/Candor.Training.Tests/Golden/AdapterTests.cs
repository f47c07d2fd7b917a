using System.Text.Json;
using Candor.Models;

namespace Candor.Training.Tests.Golden;

/// <summary>Low-rank adapters that PEFT wrote, trained for twenty steps, against PEFT.</summary>
public class AdapterTests
{
    public static TheoryData<string> Runs => Shared.Rows(Shared.Oracle is null ? [] : Bases.Json("training.json").GetProperty("runs").EnumerateObject().Select(r => r.Name)
        .Where(n => n.StartsWith("adapter/", StringComparison.Ordinal)).Select(n => n["adapter/".Length..]));

    [Theory]
    [MemberData(nameof(Runs))]
    public void TwentyStepsFollowPeft(string tag)
    {
        string folder = Shared.RequireOracle("training", "adapters", tag);
        JsonElement run = Bases.Json("training.json").GetProperty("runs").GetProperty("adapter/" + tag), hyper = run.GetProperty("hyper");
        using var outputs = new GoldenFile(Path.Combine(folder, "outputs.safetensors"));
        using var data = new GoldenFile(Shared.RequireOracle("training", "data.safetensors"));
        string family = run.GetProperty("base").GetString()!;
        using TrainingModel model = Open(family, Path.Combine(folder, "start"));
        using Optimizer optimizer = Optimizer.Of(OptimizerKind.AdamW, model, new OptimizerOptions
        {
            WeightDecay = hyper.GetProperty("weight_decay").GetDouble(), RateFactor = p => tag == "loraplus" && p.Role.EndsWith("lora_B", StringComparison.Ordinal) ? 16 : 1,
        });
        TrainingBatch first = Bases.Batch(data, 0);
        int length = first.Segments[0].Count, width = model.Spec.VocabularySize;
        Close.Within(2e-5, outputs.Floats("first.logits"), model.Logits(first).AsSpan(0, length * width), "first logits");
        JsonElement losses = run.GetProperty("losses"), norms = run.GetProperty("grad_norms");
        for (int step = 0; step < losses.GetArrayLength(); step++)
        {
            TrainingBatch batch = Bases.Batch(data, step);
            model.ClearGradients();
            double loss = model.Run(batch, 1f / batch.TargetCount) / batch.TargetCount, norm = optimizer.GradientNorm();
            if (step == 0) Gradients(model, outputs);
            Assert.True(Math.Abs(loss / losses[step].GetDouble() - 1) <= (step == 0 ? 1e-5 : 5e-5), $"step {step}: loss {loss} for {losses[step]}");
            Assert.True(Math.Abs(norm / norms[step].GetDouble() - 1) <= 2e-4, $"step {step}: gradient {norm} for {norms[step]}");
            optimizer.Step(hyper.GetProperty("lr").GetDouble(), Math.Min(1, hyper.GetProperty("clip").GetDouble() / (norm + 1e-6)));
        }

        Close.Within(2e-3, outputs.Floats("last.logits"), model.Logits(first).AsSpan(0, length * width), "last logits");
        Merged(model, first, family, Path.Combine(folder, "end"), outputs);
        GoldenTable.Passed("training", tag, "20 steps of an adapter");
    }

    [Fact]
    public void AdaptersOfOtherKindsAreRefused()
    {
        using var folder = new TempFolder();
        folder.Write("adapter_config.json", """{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"], "trainable_token_indices": [1, 2]}""");
        Assert.Contains("trainable_token_indices", Assert.Throws<TrainingException>(() => PeftFolder.Read(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Throws<TrainingException>(() => PeftFolder.Read(Shared.RequireOracle("quants")));
    }

    private static TrainingModel Open(string family, string adapter)
    {
        AdapterSet adapters = PeftFolder.Read(adapter);
        ModelSource source = ModelSource.Open(family.EndsWith(".gguf", StringComparison.Ordinal) ? Shared.RequireOracle(["training", .. family.Split('/')]) : Shared.RequireOracle("arch", family));
        return new TrainingModel(source.Spec, new ParameterSet(new ModelWeights(source.Spec, source.Store)), null, adapters, ModuleNames.Naming(source));
    }

    private static void Gradients(TrainingModel model, GoldenFile outputs)
    {
        const string Prefix = "first.grad.base_model.model.";
        string[] keys = [.. outputs.Keys.Where(k => k.StartsWith(Prefix, StringComparison.Ordinal))];
        Assert.NotEmpty(keys);
        foreach (string key in keys)
        {
            string name = key[Prefix.Length..].Replace(".weight", "", StringComparison.Ordinal);
            if (name.EndsWith("base_layer", StringComparison.Ordinal)) continue;
            Parameter p = model.Adapters!.Parameters.FirstOrDefault(a => a.Role == name)
                ?? model.Parameters.All.Where(w => w.Trains).First(w => model.Adapters.Names.Site(w.Role, w.Layer, w.Rows)!.Module == name || (name == "lm_head" && model.Adapters.Tied));
            float[] expected = outputs.Floats(key);
            double tolerance = Math.Max(1e-6, 1e-4 * expected.Max(Math.Abs));
            for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - p.Gradients[i]) <= tolerance, $"{key}[{i}]: {p.Gradients[i]} for {expected[i]}");
        }
    }

    /// <summary>What PEFT had at the end, read and merged, gives its logits; ours, written and read again, gives the same.</summary>
    private static void Merged(TrainingModel trained, TrainingBatch batch, string family, string end, GoldenFile outputs)
    {
        float[] expected = outputs.Floats("last.logits");
        using TrainingModel theirs = Open(family, end);
        using (var pool = new Candor.Tensors.WorkerPool(1)) AdapterMerge.Into(theirs.Adapters!, pool);
        Close.Within(1e-4, expected, theirs.Logits(batch).AsSpan(0, expected.Length), "merged logits");
        using var folder = new TempFolder();
        PeftFolder.Write(folder["adapter"], trained, family);
        using TrainingModel again = Open(family, folder["adapter"]);
        Assert.Equal(trained.Logits(batch), again.Logits(batch));
    }
}
