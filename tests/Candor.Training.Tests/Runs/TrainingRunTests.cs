using System.Text.Json;

namespace Candor.Training.Tests.Runs;

/// <summary>Whole runs of a tiny recipe: they learn, stop and go on.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private readonly TempFolder folder = new();

    public TrainingRunTests()
    {
        folder.Write("template.jinja", Tiny.Template);
        folder.Write("text.jsonl", string.Concat(Enumerable.Range(0, 60).Select(i => $$"""{"text": "The hen number {{i}} laid an egg and was glad about it."}""" + "\n")));
        folder.Write("chat.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i => $$"""{"messages": [{"role": "user", "content": "What is {{i % 5}} + 1?"}, {"role": "assistant", "content": "It is {{i % 5 + 1}}."}]}""" + "\n")));
        Recipe("recipe.json", "out", """["text.jsonl", "chat.jsonl"]""");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ARunLearnsAndWritesAModel()
    {
        var losses = new List<double>();
        double? before, after;
        using (TrainingRun run = TrainingRun.Open(folder["recipe.json"]))
        {
            before = run.Validate();
            run.Run(r => losses.Add(r.Loss));
            after = run.Validate();
        }

        Assert.Equal(30, losses.Count);
        Assert.True(losses[^1] < 0.6 * losses[0], $"{losses[0]} to {losses[^1]}");
        Assert.True(after < before);
        foreach (string name in (string[])["config.json", "tokenizer.json", "model.safetensors", "chat_template.jinja", "training.json"]) Assert.True(File.Exists(Path.Combine(folder["out"], name)), name);
        using Candor.Models.ModelSource model = Candor.Models.ModelSource.Open(folder["out"]);
        Assert.Equal(32, model.Spec.HiddenSize);
        string[] metrics = File.ReadAllLines(Path.Combine(folder["out"], "metrics.jsonl"));
        Assert.Equal(30, metrics.Length);
        using JsonDocument last = JsonDocument.Parse(metrics[^1]);
        Assert.True(last.RootElement.GetProperty("valid_bits_per_byte").GetDouble() > 0);
    }

    [Fact]
    public void DataAreCheckedBeforeAnythingIsTrained()
    {
        Recipe("answers.json", "answers", """["chat.jsonl"]""", answersOnly: true);
        var shown = new List<IReadOnlyList<DataSpan>>();
        DataFileCheck file = DataCheck.Open(folder["answers.json"]).Files((name, _, spans) => { if (name == "chat.jsonl") shown.Add(spans); }, TestContext.Current.CancellationToken)[0];
        Assert.Equal(("train", "chat.jsonl", shown.Count), (file.Use, file.Path, file.Documents));
        Assert.Equal("It is 1.<|im_end|>", Assert.Single(shown[0], s => s.Counts).Text);
        Assert.True(file.Counted > 0 && file.Counted < file.Tokens);
        Assert.Equal(file.Tokens, file.Lengths.Sum());
        Assert.True(file.Quantile(0) <= file.Quantile(0.5) && file.Quantile(0.5) <= file.Quantile(1));
        Assert.False(Directory.Exists(folder["answers"]));
        using (TrainingRun run = TrainingRun.Open(folder["answers.json"])) Assert.Equal(file.Documents, run.Documents);

        // The same texts again, and longer than what sees each other.
        folder.Write("more.jsonl", File.ReadAllText(folder["chat.jsonl"]) + File.ReadAllText(folder["chat.jsonl"]));
        Recipe("more.json", "more", """["more.jsonl"]""", answersOnly: true);
        DataFileCheck more = DataCheck.Open(folder["more.json"], fields: ["length=4"]).Files(cancellationToken: TestContext.Current.CancellationToken)[0];
        Assert.Equal(2 * file.Documents, more.Documents);
        Assert.True(more.Twice >= file.Documents);
        Assert.Equal(more.Documents, more.TooLong);

        // A template that leaves the end out of what is learnt.
        folder.Write("template.jinja", Tiny.Template.Replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>", StringComparison.Ordinal));
        Assert.Contains("no end token", Assert.Throws<TrainingException>(() => DataCheck.Open(folder["answers.json"]).Files(cancellationToken: TestContext.Current.CancellationToken).ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TemplatesKnowTheSpecialTokens()
    {
        Recipe("answers.json", "answers", """["chat.jsonl"]""", answersOnly: true);
        folder.Write("template.jinja", "{{ bos_token }}" + Tiny.Template.Replace("<|im_end|>{% endgeneration %}", "{{ eos_token }}{% endgeneration %}", StringComparison.Ordinal));
        var shown = new List<IReadOnlyList<DataSpan>>();
        Assert.NotEmpty(DataCheck.Open(folder["answers.json"]).Files((_, _, spans) => shown.Add(spans), TestContext.Current.CancellationToken));
        Assert.StartsWith("<|endoftext|><|im_start|>", shown[0][0].Text, StringComparison.Ordinal);
        Assert.Equal("It is 1.<|im_end|>", Assert.Single(shown[0], s => s.Counts).Text);
    }

    [Fact]
    public void AUnigramTokenizerIsLearntWhereItIsAskedFor()
    {
        string recipe = folder.Write("unigram.json", File.ReadAllText(folder["recipe.json"]).Replace("\"vocabulary\": 300", "\"kind\": \"unigram\", \"vocabulary\": 340", StringComparison.Ordinal));
        double before, after;
        using (TrainingRun run = TrainingRun.Open(recipe))
        {
            before = run.Validate()!.Value;
            run.Run();
            after = run.Validate()!.Value;
        }

        Assert.True(after < before);
        var tokenizer = Candor.Tokenizers.JsonTokenizer.Load(Path.Combine(folder["out"], "tokenizer.json"));
        Assert.Equal("It is 1. Ünï", tokenizer.Decode(tokenizer.Encode("It is 1. Ünï")));
        Assert.True(tokenizer.VocabularySize <= 340);
        recipe = folder.Write("unigram.json", File.ReadAllText(recipe).Replace("340", "200", StringComparison.Ordinal).Replace("\"out\"", "\"other\"", StringComparison.Ordinal));
        Assert.Contains("no room", Assert.Throws<TrainingException>(() => TrainingRun.Open(recipe)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnInterruptedRunGivesTheSameWeights()
    {
        using (TrainingRun whole = TrainingRun.Open(folder["recipe.json"])) whole.Run();
        using (var stop = new CancellationTokenSource())
        using (TrainingRun first = TrainingRun.Open(folder["recipe.json"], r => Elsewhere(r)))
            Assert.ThrowsAny<OperationCanceledException>(() => first.Run(r =>
            {
                if (r.Step == 13) stop.Cancel();
            }, stop.Token));
        // A part that was never finished, as a kill leaves it, does not count.
        Directory.CreateDirectory(Path.Combine(folder["again"], "checkpoint", "step-00000020.part"));
        using (TrainingRun second = TrainingRun.Open(folder["recipe.json"], r => Elsewhere(r)))
        {
            Assert.Equal(13, second.Step);
            second.Run();
        }

        Assert.Equal(30, File.ReadAllLines(Path.Combine(folder["again"], "metrics.jsonl")).Length);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["out"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["again"], "model.safetensors")));

        TrainingRecipe Elsewhere(TrainingRecipe r)
        {
            r.Output = folder["again"];
            return r;
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(10, 10)]
    [InlineData(17, 10)]
    [InlineData(29, 20)]
    public void ARunThatDiesLosesTheStepsSinceItsCheckpoint(int last, int kept)
    {
        using (TrainingRun whole = TrainingRun.Open(folder["recipe.json"])) whole.Run();
        byte[] expected = File.ReadAllBytes(Path.Combine(folder["out"], "model.safetensors"));
        Recipe("dies.json", "dies", """["text.jsonl", "chat.jsonl"]""");
        using (TrainingRun first = TrainingRun.Open(folder["dies.json"]))
            Assert.Throws<InvalidOperationException>(() => first.Run(r =>
            {
                if (r.Step == last) throw new InvalidOperationException("as if the power went");
            }));
        using (TrainingRun second = TrainingRun.Open(folder["dies.json"]))
        {
            Assert.Equal(kept, second.Step);
            second.Run();
        }

        Assert.Equal(expected, File.ReadAllBytes(Path.Combine(folder["dies"], "model.safetensors")));
        Assert.Equal(30, File.ReadAllLines(Path.Combine(folder["dies"], "metrics.jsonl")).Length);
    }

    [Fact]
    public void WhatAnEarlierRunMeasuredIsNotThisOnes()
    {
        Directory.CreateDirectory(folder["out"]);
        folder.Write("out/before.json", """{"valid": 12345, "general": 12345}""");
        using TrainingRun run = TrainingRun.Open(folder["recipe.json"]);
        double? now = run.Validate();
        run.Run();
        Assert.Equal(now, run.Before!.Valid);
        Assert.Null(run.Before.General);
        Assert.Equal(run.Validate(), run.After!.Valid);
    }

    [Fact]
    public void AnswersAloneCount()
    {
        Recipe("answers.json", "answers", """["chat.jsonl"]""", answersOnly: true);
        using TrainingRun run = TrainingRun.Open(folder["answers.json"]);
        var reader = new DocumentReader(
            new AnswerReader(Candor.Tokenizers.JsonTokenizer.Load(Path.Combine(folder["answers"], "tokenizer.json")), Candor.Tokenizers.Templates.ChatTemplate.Parse(Tiny.Template), 0, 0), answersOnly: true);
        Document document = reader.Read(folder["chat.jsonl"]).First();
        Candor.Tokenizers.JsonTokenizer tokenizer = Candor.Tokenizers.JsonTokenizer.Load(Path.Combine(folder["answers"], "tokenizer.json"));
        Assert.Equal("It is 1.<|im_end|>", tokenizer.Decode([.. document.Ids.Where((_, i) => document.Counts[i])]));
        Assert.Equal("It is 1.<|im_end|>".Length, document.Bytes);
    }

    [Fact]
    public void AdaptersAreTrainedBesideAModelAndMergedIntoIt()
    {
        using (TrainingRun whole = TrainingRun.Open(folder["recipe.json"])) whole.Run();
        folder.Write("lora.json", """
            {"model": {"start": "out"}, "data": {"train": ["chat.jsonl"]}, "lora": {"rank": 4, "alpha": 8, "targets": ["q_proj", "down_proj"]},
             "optimizer": {"rate": 1e-2, "warmUp": 2}, "steps": 12, "stepTokens": 512, "batchTokens": 256, "length": 64, "checkpointEvery": 5, "output": "adapted"}
            """);
        var losses = new List<double>();
        using (var stop = new CancellationTokenSource())
        using (TrainingRun run = TrainingRun.Open(folder["lora.json"]))
            Assert.ThrowsAny<OperationCanceledException>(() => run.Run(r =>
            {
                losses.Add(r.Loss);
                if (r.Step == 7) stop.Cancel();
            }, stop.Token));
        using (TrainingRun run = TrainingRun.Open(folder["lora.json"])) run.Run(r => losses.Add(r.Loss));
        Assert.Equal(12, losses.Count);
        Assert.True(losses[^1] < losses[0], $"{losses[0]} to {losses[^1]}");
        AdapterSet adapter = PeftFolder.Read(Path.Combine(folder["adapted"], "adapter"));
        float[] beside = Logits(folder["out"], adapter), merged = Logits(folder["adapted"], null), before = Logits(folder["out"], null);
        Close.Within(1e-4, beside, merged, "merged");
        Assert.True(before.Zip(merged, (a, b) => Math.Abs(a - b)).Max() > 0.01);

        static float[] Logits(string path, AdapterSet? adapters)
        {
            using Candor.Models.ModelSource source = Candor.Models.ModelSource.Open(path);
            using var model = new TrainingModel(source.Spec, new ParameterSet(new Candor.Models.ModelWeights(source.Spec, source.Store)), null, adapters);
            return model.Logits(TrainingBatch.OfDocuments([[1, 20, 30, 2]]));
        }
    }

    [Fact]
    public void MistakesAreNamed()
    {
        using (TrainingRun run = TrainingRun.Open(folder["recipe.json"])) run.Run();
        File.AppendAllText(folder["text.jsonl"], """{"text": "One more."}""" + "\n");
        Assert.Contains("another recipe", Assert.Throws<TrainingException>(() => TrainingRun.Open(folder["recipe.json"])).Message, StringComparison.Ordinal);
        folder.Write("text.jsonl", "{\"text\": \"a\"}\n{oops\n");
        Assert.Contains("line 2", Assert.Throws<TrainingException>(() => TrainingRun.Open(folder["recipe.json"])).Message, StringComparison.Ordinal);
        folder.Write("text.jsonl", "{\"words\": \"a\"}\n");
        Recipe("other.json", "other", """["text.jsonl"]""");
        Assert.Contains("neither text nor messages", Assert.Throws<TrainingException>(() => TrainingRun.Open(folder["other.json"])).Message, StringComparison.Ordinal);
        folder.Write("bad.json", """{"stepz": 3}""");
        Assert.Contains("stepz", Assert.Throws<TrainingException>(() => TrainingRun.Open(folder["bad.json"])).Message, StringComparison.Ordinal);
        folder.Write("bad.json", """{"steps": 0}""");
        Assert.Contains("steps is 0", Assert.Throws<TrainingException>(() => TrainingRun.Open(folder["bad.json"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DocumentsComeInTheOrderOfTheSeedAndInPieces()
    {
        Document[] documents = [.. Enumerable.Range(0, 20).Select(i => new Document([i, i, i], [false, true, true], 2))];
        var stream = new DocumentStream(documents, 5);
        int[] epoch = [.. Enumerable.Range(0, 10).SelectMany(_ => stream.Next(7).Tokens.Where((_, i) => i % 3 == 0))];
        Assert.Equal(Enumerable.Range(0, 20), epoch.Order());
        Assert.Equal((1, 0), (stream.Epoch, stream.Position));
        var again = new DocumentStream(documents, 5);
        again.Seek(0, 6);
        Assert.Equal(epoch[6..8], again.Next(7).Tokens.Where((_, i) => i % 3 == 0));
        Document[] pieces = [.. new Document([.. Enumerable.Range(0, 10)], [false, .. Enumerable.Repeat(true, 9)], 90).Pieces(4)];
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], pieces.SelectMany(p => p.Targets).Where(t => t >= 0));
        Assert.All(pieces, p => Assert.True(p.Ids.Length <= 4));
    }

    private void Recipe(string file, string output, string train, bool answersOnly = false) => folder.Write(file, $$"""
        {
          "model": {{Tiny.Model}},
          "data": {"train": {{train}}, "valid": ["text.jsonl"], "answersOnly": {{(answersOnly ? "true" : "false")}}},
          "optimizer": {"rate": 1e-2, "warmUp": 3},
          "steps": 30, "stepTokens": 512, "batchTokens": 256, "length": 64, "checkpointEvery": 10, "validateEvery": 10, "output": "{{output}}"
        }
        """);
}
