using System.Text.Json;

namespace Candor.Training.Tests.Golden;

/// <summary>Group-relative policy optimization against TRL.</summary>
public class PolicyTests
{
    public static TheoryData<string> Steps => Shared.Rows(Shared.Oracle is null ? [] : Bases.Json("grpo.json").GetProperty("steps").EnumerateObject().Where(s => s.Value.TryGetProperty("loss", out _)).Select(s => s.Name));

    [Theory]
    [MemberData(nameof(Steps))]
    public void StepsMatch(string name)
    {
        JsonElement json = Bases.Json("grpo.json"), step = json.GetProperty("steps").GetProperty(name);
        using var data = new GoldenFile(Shared.RequireOracle("training", "grpo.safetensors"));
        using TrainingModel model = Bases.Open("llama-gqa");
        AnswerBatch batch = Batch(data, 0, 8);
        PolicyOptions options = Options(step, json);
        SampledAnswer[] answers = Sampled(data, step.GetProperty("advantages").GetString()!, batch, 0);
        double loss = PreferenceTrainer.Policy(model, batch, answers, options, batch.Count, batch.Tokens);
        Assert.Equal(step.GetProperty("loss").GetDouble(), loss, 2e-5);
        Dictionary<string, float[]> gradients = Bases.Named(model, gradients: true);
        if (step.TryGetProperty("grad_norms", out JsonElement norms))
            foreach (JsonProperty tensor in norms.EnumerateObject())
                Assert.Equal(1, Math.Sqrt(gradients[tensor.Name].Sum(g => (double)g * g)) / tensor.Value.GetDouble(), 2e-4);
        foreach (string key in data.Keys.Where(k => k.StartsWith(name + ".grad.", StringComparison.Ordinal)))
            Close.Within(1e-5, data.Floats(key), gradients[key[(name.Length + 6)..]], key);
        GoldenTable.Passed("training", "grpo", name);
    }

    [Theory]
    [InlineData("grpo-2-micro-batches")]
    [InlineData("dapo-2-micro-batches")]
    [InlineData("dr_grpo-2-micro-batches")]
    public void TwoBatchesAreOneStep(string name)
    {
        JsonElement json = Bases.Json("grpo.json"), step = json.GetProperty("steps").GetProperty(name);
        using var data = new GoldenFile(Shared.RequireOracle("training", "grpo.safetensors"));
        using TrainingModel model = Bases.Open("llama-gqa");
        AnswerBatch all = Batch(data, 0, 8);
        double loss = 0;
        foreach (JsonElement rows in step.GetProperty("rows").EnumerateArray())
        {
            AnswerBatch batch = Batch(data, rows[0].GetInt32(), rows[1].GetInt32());
            loss += PreferenceTrainer.Policy(model, batch, Sampled(data, "advantages", batch, rows[0].GetInt32()), Options(step, json) with { Beta = 0 }, 8, all.Tokens);
        }

        Assert.Equal(step.GetProperty("loss_sum").GetDouble(), loss, 2e-5);
        GoldenTable.Passed("training", "grpo", name);
    }

    [Fact]
    public void AdvantagesMatch()
    {
        using var data = new GoldenFile(Shared.RequireOracle("training", "grpo.safetensors"));
        double[] rewards = [.. data.Floats("rewards").Select(r => (double)r)];
        foreach ((string key, bool scale) in (ReadOnlySpan<(string, bool)>)[("advantages", true), ("advantages_none", false)])
        {
            float[] expected = data.Floats(key);
            double[] ours = [.. rewards.Chunk(4).SelectMany(group => PolicyLoss.Advantages(group, scale))];
            for (int i = 0; i < ours.Length; i++) Assert.Equal(expected[i], ours[i], 1e-5);
        }
    }

    private static AnswerBatch Batch(GoldenFile data, int begin, int end)
    {
        int prompt = (int)data.Shape("prompt_ids")[1], length = (int)data.Shape("completion_ids")[1];
        int[] prompts = data.Ints("prompt_ids"), completions = data.Ints("completion_ids"), mask = data.Ints("completion_mask");
        return new AnswerBatch([.. Enumerable.Range(begin, end - begin).Select(i =>
            new PromptedAnswer([.. prompts[(i * prompt)..((i + 1) * prompt)], .. completions[(i * length)..((i * length) + mask.AsSpan(i * length, length).Count(1))]], prompt))]);
    }

    private static SampledAnswer[] Sampled(GoldenFile data, string advantages, AnswerBatch batch, int begin)
    {
        int length = (int)data.Shape("completion_ids")[1];
        float[] old = data.Floats("old_logps"), reference = data.Floats("ref_logps"), advantage = data.Floats(advantages);
        double[] Row(float[] from, int i) => [.. from.AsSpan((begin + i) * length, batch.Of(i).Count).ToArray().Select(x => (double)x)];
        return [.. Enumerable.Range(0, batch.Count).Select(i => new SampledAnswer([], Row(old, i), Row(reference, i), advantage[begin + i]))];
    }

    private static PolicyOptions Options(JsonElement step, JsonElement json) => new()
    {
        Average = step.GetProperty("kind").GetString() switch
        {
            "grpo" => PolicyAverage.PerAnswer,
            "dr_grpo" => PolicyAverage.Fixed,
            _ => PolicyAverage.PerToken,
        },
        PerSequence = step.TryGetProperty("level", out _), Beta = step.GetProperty("beta").GetDouble(), MostTokens = json.GetProperty("max_completion_length").GetInt32(),
        ClipLow = step.TryGetProperty("lo", out JsonElement lo) ? lo.GetDouble() : json.GetProperty("epsilon_low").GetDouble(),
        ClipHigh = step.TryGetProperty("hi", out JsonElement hi) ? hi.GetDouble() : json.GetProperty("epsilon_high").GetDouble(),
        MostRatio = step.TryGetProperty("delta", out JsonElement delta) ? delta.GetDouble() : 0,
    };
}
