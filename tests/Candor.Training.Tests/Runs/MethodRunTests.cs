using Candor.Models;

namespace Candor.Training.Tests.Runs;

/// <summary>Whole runs of every method on a tiny model of their own, from a folder and from a GGUF file.</summary>
public sealed class MethodRunTests : IDisposable
{
    private readonly TempFolder folder = new();

    public MethodRunTests()
    {
        folder.Write("template.jinja", Tiny.Template);
        folder.Write("text.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i => $$"""{"text": "The hen number {{i}} laid an egg."}""" + "\n")));
        folder.Write("pairs.jsonl", string.Concat(Enumerable.Range(0, 20).Select(i => $$"""{"prompt": "Hen {{i}}?", "chosen": " An egg.", "rejected": " Glad hens."}""" + "\n")));
        folder.Write("talks.jsonl", string.Concat(Enumerable.Range(0, 20).Select(i => $$"""{"prompt": [{"role": "user", "content": "Hen {{i}}?"}], "chosen": [{"role": "assistant", "content": "An egg."}], "rejected": [{"role": "assistant", "content": "Hens."}]}""" + "\n")));
        folder.Write("labels.jsonl", string.Concat(Enumerable.Range(0, 20).Select(i => $$"""{"prompt": "Hen {{i}}?", "completion": "{{(i % 2 == 0 ? " An egg." : " Glad.")}}", "label": {{(i % 2 == 0 ? "true" : "false")}}}""" + "\n")));
        folder.Write("mixed.jsonl", """
            {"conversations": [{"from": "human", "value": "Hen?"}, {"from": "gpt", "value": "An egg."}]}
            {"instruction": "Name a bird.", "input": "", "output": "A hen."}
            {"instruction": "Name it.", "input": "It lays eggs.", "output": "A hen."}
            {"prompt": "Hen:", "completion": " egg"}
            """.Replace("            ", "", StringComparison.Ordinal));
        Directory.CreateDirectory(folder["texts"]);
        folder.Write("texts/a.txt", "A hen.\n\nAn egg.");
        folder.Write("list.json", """[{"text": "One hen."}, {"text": "Two hens."}]""");
        folder.Write("base.json", $$"""
            {"model": {{Tiny.Model}},
             "data": {"train": ["text.jsonl"]}, "optimizer": {"rate": 1e-2, "warmUp": 2}, "steps": 10, "stepTokens": 512, "batchTokens": 256, "length": 96, "output": "base"}
            """);
        using TrainingRun run = TrainingRun.Open(folder["base.json"]);
        run.Run();
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{"preference": {"kind": "dpo", "beta": 0.5}}""", "pairs.jsonl")]
    [InlineData("""{"preference": {"kind": "orpo"}}""", "talks.jsonl")]
    [InlineData("""{"preference": {"kind": "simpo", "beta": 2, "likelihoodWeight": 0.5}}""", "pairs.jsonl")]
    [InlineData("""{"preference": {"kind": "dpo", "beta": 0.5}, "lora": {"rank": 4}}""", "talks.jsonl")]
    [InlineData("""{"kto": {"beta": 0.5}}""", "labels.jsonl")]
    [InlineData("""{"kto": {}, "lora": {"rank": 4, "dora": true}}""", "pairs.jsonl")]
    public void PreferencesAreLearnt(string method, string data)
    {
        Recipe("method.json", method, data, "base");
        var reports = new List<StepReport>();
        using TrainingRun run = TrainingRun.Open(folder["method.json"]);
        run.Run(reports.Add);
        Assert.True(reports[^1].Loss < reports[0].Loss, $"{reports[0].Loss} to {reports[^1].Loss}");
        Assert.InRange(reports[^1].Correct!.Value, method.Contains("kto", StringComparison.Ordinal) ? 0.6 : 1, 1);
    }

    [Theory]
    [InlineData("""{"distillation": {"teacher": "base", "beta": 0.5}}""")]
    [InlineData("""{"loss": {"labelSmoothing": 0.1, "zLoss": 1e-4, "noise": 5}, "optimizer": {"kind": "muon", "rate": 1e-2}}""")]
    [InlineData("""{"loss": {"dynamic": true}, "optimizer": {"kind": "adamW8Bit"}}""")]
    [InlineData("""{"optimizer": {"kind": "lion", "rate": 1e-3}, "lora": {"scaling": true, "targets": ["k_proj", "v_proj", "down_proj"], "scaledInputs": ["down_proj"]}}""")]
    [InlineData("""{"optimizer": {"kind": "adafactor", "rate": 1e-2}}""")]
    [InlineData("""{"optimizer": {"kind": "sgd", "rate": 0.1, "momentum": 0.9}}""")]
    public void EveryLossAndOptimizerRuns(string method)
    {
        Recipe("method.json", method, """text.jsonl", "mixed.jsonl", "texts", "list.json""", "base");
        var reports = new List<StepReport>();
        using TrainingRun run = TrainingRun.Open(folder["method.json"]);
        run.Run(reports.Add);
        Assert.All(reports, r => Assert.True(double.IsFinite(r.Loss)));
        Assert.True(File.Exists(Path.Combine(folder["method"], "model.safetensors")));
    }

    [Fact]
    public void RunsOfPairsAreTakenUpToTheSameWeights()
    {
        Recipe("whole.json", """{"preference": {}}""", "pairs.jsonl", "base", "whole");
        Recipe("parts.json", """{"preference": {}}""", "pairs.jsonl", "base", "parts");
        using (TrainingRun whole = TrainingRun.Open(folder["whole.json"])) whole.Run();
        using (var stop = new CancellationTokenSource())
        using (TrainingRun first = TrainingRun.Open(folder["parts.json"]))
            Assert.ThrowsAny<OperationCanceledException>(() => first.Run(r =>
            {
                if (r.Step == 5) stop.Cancel();
            }, stop.Token));
        using (TrainingRun second = TrainingRun.Open(folder["parts.json"])) second.Run();
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["parts"], "model.safetensors")));
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Recipe("method.json", """{"preference": {}, "kto": {}}""", "pairs.jsonl", "base");
        Assert.Contains("exclude each other", Fault(), StringComparison.Ordinal);
        Recipe("method.json", """{"preference": {}}""", "text.jsonl", "base");
        Assert.Contains("text.jsonl, line 1: has not both chosen and rejected", Fault(), StringComparison.Ordinal);
        Recipe("method.json", """{"preference": {"kind": "exo"}}""", "pairs.jsonl", "base");
        Assert.Contains("labelSmoothing", Fault(), StringComparison.Ordinal);
        Recipe("method.json", """{"distillation": {}}""", "text.jsonl", "base");
        Assert.Contains("teacher", Fault(), StringComparison.Ordinal);
        Recipe("method.json", "{}", "text.jsonl", "nowhere");
        Assert.Contains("no such model", Fault(), StringComparison.Ordinal);
        folder.Write("speaker.jsonl", """{"conversations": [{"from": "hen", "value": "egg"}]}""");
        Recipe("method.json", "{}", "speaker.jsonl", "base");
        Assert.Contains("'hen' is unknown", Fault(), StringComparison.Ordinal);
        folder.Write("empty.jsonl", "");
        Recipe("method.json", "{}", "empty.jsonl", "base");
        Assert.Contains("nothing to learn", Fault(), StringComparison.Ordinal);
        string Fault() => Assert.Throws<TrainingException>(() => TrainingRun.Open(folder["method.json"])).Message;
    }

    private void Recipe(string file, string method, string data, string start, string output = "method")
    {
        System.Text.Json.Nodes.JsonObject recipe = System.Text.Json.Nodes.JsonNode.Parse($$"""
            {"model": {"start": "{{start}}"}, "data": {"train": ["{{data}}"]}, "optimizer": {"rate": 1e-2}, "steps": 12, "stepTokens": 512, "batchTokens": 256, "length": 96, "checkpointEvery": 4, "output": "{{output}}"}
            """)!.AsObject();
        foreach ((string key, System.Text.Json.Nodes.JsonNode? value) in System.Text.Json.Nodes.JsonNode.Parse(method)!.AsObject()) recipe[key] = value!.DeepClone();
        if (recipe["optimizer"]!["warmUp"] is null) recipe["optimizer"]!["warmUp"] = 1;
        folder.Write(file, recipe.ToJsonString());
    }
}
