using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Candor.Training.Tests.Runs;

/// <summary>What runs do besides steps: logs, samples, averages, early ends, estimates, rewards.</summary>
public sealed class RunFeatureTests : IDisposable
{
    private readonly TempFolder folder = new();

    public RunFeatureTests()
    {
        folder.Write("template.jinja", Tiny.Template);
        folder.Write("text.jsonl", string.Concat(Enumerable.Range(0, 60).Select(i => $$"""{"text": "The hen number {{i}} laid an egg and was glad about it."}""" + "\n")));
        folder.Write("other.jsonl", string.Concat(Enumerable.Range(0, 20).Select(i => $$"""{"text": "QX{{i * 7919}}ZW{{i * 104729}}"}""" + "\n")));
        folder.Write("ask.jsonl", string.Concat(Enumerable.Range(0, 6).Select(i => $$"""{"prompt": "The hen number {{i}}", "answer": "egg"}""" + "\n")));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheLogIsTheSameInAllItsForms()
    {
        Run("""{"steps": 7}""");
        IReadOnlyList<StepMetrics> log = StepMetrics.Read(Path.Combine(folder["out"], "metrics.jsonl"));
        Assert.Equal(7, log.Count);
        Assert.Equal(Flat(log), Database());
        // TensorBoard's numbers are floats.
        Assert.Equal(Flat(log).Select(m => (m.Step, m.Name, (double)(float)m.Value)), Events());
        // A run that is started again after its end adds nothing.
        Run("""{"steps": 7}""");
        Assert.Equal(Flat(log), Database());
        Assert.Equal(7 * 5 + 1, Events().Count);
    }

    [Fact]
    public void StepsThatAreTakenAgainStandInTheLogOnce()
    {
        Recipe("""{"steps": 12, "checkpointEvery": 5}""");
        Assert.Throws<InvalidOperationException>(() => Run(null, r =>
        {
            if (r.Step == 8) throw new InvalidOperationException("died");
        }));
        Assert.Equal(8, StepMetrics.Read(Path.Combine(folder["out"], "metrics.jsonl")).Count);
        File.AppendAllText(Path.Combine(folder["out"], "metrics.jsonl"), "{\"step\": 9, \"lo");
        Run(null);
        Assert.Equal(Enumerable.Range(1, 12), StepMetrics.Read(Path.Combine(folder["out"], "metrics.jsonl")).Select(m => m.Step));
        Assert.Equal(Enumerable.Range(1, 12), Database().Select(m => m.Step).Distinct());
        Assert.Equal(Enumerable.Range(1, 12), Events().Select(m => m.Step).Distinct());
    }

    [Fact]
    public void SamplesAreWrittenOnTheWay()
    {
        Recipe("""{"steps": 40, "samples": {"every": 20, "prompts": ["The hen"], "tokens": 20}}""");
        var told = new List<RunSample>();
        using (TrainingRun run = TrainingRun.Open(folder["recipe.json"]))
        {
            run.OnSample = told.Add;
            run.Run();
        }

        Assert.Equal([20, 40], told.Select(s => s.Step));
        Assert.Contains("hen", told[1].Prompt, StringComparison.Ordinal);
        Assert.NotEmpty(told[1].Text);
        Assert.Equal(told.Select(s => s.Text), File.ReadLines(Path.Combine(folder["out"], "samples.jsonl")).Select(l => (string)JsonNode.Parse(l)!["text"]!));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"rank": 4, "alpha": 64}""")]
    [InlineData("""{"rank": 4, "alpha": 64, "dora": true}""")]
    [InlineData("""{"scaling": true, "targets": ["k_proj", "v_proj", "down_proj"], "scaledInputs": ["down_proj"]}""")]
    public void WhatIsDrawnIsWhatTheModelInTrainingWouldSay(string? lora)
    {
        Run("""{"steps": 20}""");
        JsonObject method = JsonNode.Parse("""{"steps": 10}""")!.AsObject();
        method["model"] = new JsonObject { ["start"] = "out" };
        method["output"] = "again";
        if (lora is not null) method["lora"] = JsonNode.Parse(lora);
        Recipe(method.ToJsonString());
        using TrainingRun run = TrainingRun.Open(folder["recipe.json"]);
        run.Run(r =>
        {
            if (r.Step != 10) return;
            int[][] prompts = [[5, 70, 80], [60, 61, 62, 63, 64, 65, 66]];
            IReadOnlyList<int[]> drawn;
            using (var sampler = new PolicySampler(run.Model, 2)) drawn = sampler.Draw(prompts, [], 12, 0, 1);
            for (int i = 0; i < 2; i++)
            {
                int[] all = [.. prompts[i], .. drawn[i]];
                float[] logits = run.Model.Logits(new TrainingBatch(all, [.. all.Select(_ => -1)], [new Segment(0, all.Length)]));
                int vocabulary = run.Model.Spec.VocabularySize;
                for (int t = 0; t < 12; t++)
                {
                    ReadOnlySpan<float> row = logits.AsSpan((prompts[i].Length + t - 1) * vocabulary, vocabulary);
                    Assert.True(row[drawn[i][t]] >= System.Numerics.Tensors.TensorPrimitives.Max(row) - 1e-3f, $"answer {i}, token {t}");
                }
            }
        });
    }

    [Fact]
    public void DrawnTokensFollowTheirProbabilities()
    {
        Run("""{"steps": 5}""");
        using TrainingRun run = TrainingRun.Open(folder["recipe.json"]);
        using var sampler = new PolicySampler(run.Model, 200);
        int[] prompt = [5, 70, 80];
        var counts = new double[run.Model.Spec.VocabularySize];
        for (ulong seed = 0; seed < 20; seed++)
            foreach (int[] answer in sampler.Draw([.. Enumerable.Repeat(prompt, 200)], [], 1, 0.8, seed * 1000)) counts[answer[0]]++;
        float[] logits = run.Model.Logits(new TrainingBatch(prompt, [-1, -1, -1], [new Segment(0, 3)]))[^counts.Length..];
        double most = logits.Max(), sum = logits.Sum(x => Math.Exp((x - most) / 0.8)), chi = 0;
        int cells = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            double expected = 4000 * Math.Exp((logits[i] - most) / 0.8) / sum;
            if (expected < 5) continue;
            chi += (counts[i] - expected) * (counts[i] - expected) / expected;
            cells++;
        }

        // Six standard deviations of the statistic.
        Assert.True(cells > 20 && chi < cells + (6 * Math.Sqrt(2 * cells)), $"{chi} over {cells} cells");
    }

    [Theory]
    [InlineData("""{"average": 0.9}""")]
    [InlineData("""{"average": 0.9, "earlyStopping": {"patience": 50}}""")]
    public void AveragesSurviveAnInterruption(string fields)
    {
        JsonObject Method(string output)
        {
            JsonObject method = JsonNode.Parse(fields)!.AsObject();
            (method["steps"], method["output"], method["checkpointEvery"], method["validateEvery"]) = (12, output, 4, 3);
            return method;
        }

        Run(Method("whole").ToJsonString());
        Recipe(Method("parts").ToJsonString());
        Assert.Throws<InvalidOperationException>(() => Run(null, r =>
        {
            if (r.Step == 7) throw new InvalidOperationException("died");
        }));
        Run(null);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["parts"], "model.safetensors")));
        Run("""{"steps": 12, "output": "plain"}""");
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(folder["whole"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["plain"], "model.safetensors")));
    }

    [Fact]
    public void ARunEndsWhenNothingGetsBetterAndKeepsTheBest()
    {
        // It learns texts that make the others less likely, much too fast.
        Recipe("""{"data": {"train": ["other.jsonl"], "valid": ["text.jsonl"], "answersOnly": false}, "optimizer": {"rate": 3e-2, "warmUp": 2, "schedule": "constant"}, "steps": 100, "validateEvery": 2, "earlyStopping": {"patience": 3}}""");
        var bits = new List<double>();
        using TrainingRun run = TrainingRun.Open(folder["recipe.json"]);
        run.Run(r =>
        {
            if (r.BitsPerByte is { } b) bits.Add(b);
        });
        Assert.True(run.EndsEarly);
        Assert.True(run.Step < 100);
        Assert.Equal(3, bits.Count - 1 - bits.IndexOf(bits.Min()));
        Assert.Equal(bits.Min(), run.After!.Valid!.Value, 1e-9);
    }

    [Fact]
    public void AnEstimateChangesNothing()
    {
        Run("""{"steps": 6, "output": "plain"}""");
        Recipe("""{"steps": 6, "output": "estimated"}""");
        using (TrainingRun run = TrainingRun.Open(folder["recipe.json"]))
        {
            RunCost cost = run.Estimate();
            Assert.True(cost.Seconds > 0 && cost.Bytes > 0 && cost.Joules > 0);
            run.Run();
            Assert.True(run.Took!.Seconds > 0);
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["plain"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["estimated"], "model.safetensors")));
        using JsonDocument note = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder["estimated"], "training.json")));
        Assert.True(note.RootElement.GetProperty("took").GetProperty("seconds").GetDouble() > 0);
        JsonElement file = note.RootElement.GetProperty("data")[0];
        Assert.Equal(("text.jsonl", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder["text.jsonl"])))), (file.GetProperty("file").GetString(), file.GetProperty("sha256").GetString()));
        Assert.True(note.RootElement.GetProperty("estimate").GetProperty("peak_bytes").GetInt64() > 0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"rank": 4}""")]
    public void RewardsAreLearnt(string? lora)
    {
        Run("""{"steps": 30, "output": "base"}""");
        var method = new JsonObject
        {
            ["model"] = new JsonObject { ["start"] = "base" }, ["data"] = JsonNode.Parse("""{"train": ["ask.jsonl"]}"""), ["steps"] = 25, ["output"] = "rewarded",
            ["optimizer"] = JsonNode.Parse("""{"rate": 1e-2, "warmUp": 1, "schedule": "constant", "weightDecay": 0}"""),
            ["grpo"] = JsonNode.Parse("""{"prompts": 3, "answers": 8, "mostTokens": 8, "policy": {"beta": 0.01}, "rewards": [{"kind": "matches", "pattern": "glad"}, {"kind": "contains", "weight": 0.1}]}"""),
        };
        if (lora is not null) method["lora"] = JsonNode.Parse(lora);
        Recipe(method.ToJsonString());
        var rewards = new List<double>();
        Run(null, r => rewards.Add(r.Reward!.Value));
        Assert.True(rewards.TakeLast(5).Average() > rewards.Take(5).Average() + 0.2, string.Join(' ', rewards.Select(r => r.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void PromptsAreCheckedToo()
    {
        Run("""{"steps": 5, "output": "base"}""");
        Recipe("""{"model": {"start": "base"}, "data": {"train": ["ask.jsonl"]}, "steps": 2, "output": "own", "length": 24, "grpo": {"mostTokens": 4, "rewards": [{"kind": "ends"}]}}""");
        var shown = new List<IReadOnlyList<DataSpan>>();
        DataFileCheck file = Assert.Single(DataCheck.Open(folder["recipe.json"]).Files((_, _, spans) => shown.Add(spans), TestContext.Current.CancellationToken));
        Assert.Equal((File.ReadAllLines(folder["ask.jsonl"]).Length, 0L, 0), (file.Documents, file.Counted, file.TooLong));
        Assert.All(shown, spans => Assert.False(Assert.Single(spans).Counts));
        DataFileCheck full = Assert.Single(DataCheck.Open(folder["recipe.json"], fields: ["length=" + (file.Lengths[^1] + 3)]).Files(cancellationToken: TestContext.Current.CancellationToken));
        Assert.True(full.TooLong > 0);
    }

    [Fact]
    public void OwnRewardsTakeTheRecipesPlace()
    {
        Run("""{"steps": 5, "output": "base"}""");
        Recipe("""{"model": {"start": "base"}, "data": {"train": ["ask.jsonl"]}, "steps": 2, "output": "own", "grpo": {"prompts": 1, "answers": 2, "mostTokens": 4}}""");
        Assert.Contains("names no reward", Assert.Throws<TrainingException>(() => TrainingRun.Open(folder["recipe.json"])).Message, StringComparison.Ordinal);
        var seen = new List<DrawnAnswer>();
        using TrainingRun run = TrainingRun.Open(folder["recipe.json"], reward: a =>
        {
            seen.Add(a);
            return a.Text.Length;
        });
        run.Run();
        Assert.Equal(4, seen.Count);
        Assert.All(seen, a => Assert.Equal("egg", a.Entry.GetProperty("answer").GetString()));
    }

    private static List<(int Step, string Name, double Value)> Flat(IReadOnlyList<StepMetrics> log) =>
        [.. log.SelectMany(m => m.Values.Select(v => (m.Step, v.Key, v.Value))).OrderBy(m => m.Step).ThenBy(m => m.Key, StringComparer.Ordinal)];

    private List<(int Step, string Name, double Value)> Database()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder["out"], "metrics.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT step, name, value FROM metrics ORDER BY step, name";
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<(int, string, double)>();
        while (reader.Read()) rows.Add((reader.GetInt32(0), reader.GetString(1), reader.GetDouble(2)));
        return rows;
    }

    private List<(int Step, string Name, double Value)> Events()
    {
        byte[] file = File.ReadAllBytes(Assert.Single(Directory.GetFiles(Path.Combine(folder["out"], "tensorboard"))));
        var rows = new List<(int, string, double)>();
        int records = 0;
        for (int at = 0; at < file.Length; records++)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            ReadOnlySpan<byte> data = file.AsSpan(at + 12, length);
            Assert.Equal(Masked(data), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            at += length + 16;
            int step = 0;
            foreach ((int field, byte[] bytes, ulong number) in Fields(data))
            {
                if (field == 2) step = (int)number;
                if (field == 3) Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(bytes));
                if (field != 5) continue;
                foreach ((_, byte[] value, _) in Fields(bytes))
                {
                    List<(int Field, byte[] Bytes, ulong Number)> parts = Fields(value);
                    rows.Add((step, Encoding.UTF8.GetString(parts[0].Bytes), BinaryPrimitives.ReadSingleLittleEndian(parts[1].Bytes)));
                }
            }
        }

        Assert.True(records > 1);
        return [.. rows.OrderBy(r => r.Item1).ThenBy(r => r.Item2, StringComparer.Ordinal)];
    }

    private static List<(int Field, byte[] Bytes, ulong Number)> Fields(ReadOnlySpan<byte> data)
    {
        var fields = new List<(int, byte[], ulong)>();
        for (int at = 0; at < data.Length;)
        {
            ulong key = Varint(data, ref at);
            int size = (key & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(data, ref at), _ => 0 };
            if (size > 0) fields.Add(((int)(key >> 3), data.Slice(at, size).ToArray(), 0));
            else fields.Add(((int)(key >> 3), [], Varint(data, ref at)));
            at += size;
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> data, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = data[at++];
            value |= (ulong)(b & 127) << shift;
            if (b < 128) return value;
        }
    }

    // CRC-32C bit by bit, from its polynomial.
    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    private void Run(string? method, Action<StepReport>? report = null)
    {
        if (method is not null) Recipe(method);
        using TrainingRun run = TrainingRun.Open(folder["recipe.json"]);
        run.Run(report);
    }

    private void Recipe(string method)
    {
        JsonObject recipe = JsonNode.Parse($$"""
            {"model": {{Tiny.Model}}, "data": {"train": ["text.jsonl"], "valid": ["text.jsonl"], "answersOnly": false}, "optimizer": {"rate": 1e-2, "warmUp": 2},
             "steps": 10, "stepTokens": 512, "batchTokens": 256, "length": 96, "output": "out"}
            """)!.AsObject();
        foreach ((string key, JsonNode? value) in JsonNode.Parse(method)!.AsObject()) recipe[key] = value?.DeepClone();
        folder.Write("recipe.json", recipe.ToJsonString());
    }
}
