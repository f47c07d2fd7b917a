using System.Text.Json;
using Candor.Cli.Tests.Reports;

namespace Candor.Cli.Tests.Commands;

/// <summary>Every command on a model that Candor's own tools wrote: needs no reference data.</summary>
public sealed class SmallModelCommandTests : IDisposable
{
    private readonly TempFolder folder = new();

    public SmallModelCommandTests() => SmallModel.WriteFolder(folder["model"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void RunAnswersInJsonAsInText()
    {
        string text = Ok("candor run model \"the hen\" --raw --max-tokens 8 --ignore-eos");
        JsonElement json = Json("candor run model \"the hen\" --raw --max-tokens 8 --ignore-eos --json");
        Assert.Equal(text.TrimEnd('\n'), json.GetProperty("text").GetString()!.TrimEnd('\n'));
        Assert.Equal(8, json.GetProperty("generated_ids").GetArrayLength());
        Assert.Equal("length", json.GetProperty("finish").GetString());
        Assert.Equal(json.GetProperty("prompt_ids").EnumerateArray().Select(x => x.GetInt32()), Json("candor tokenize model --jsonl < hen.jsonl").EnumerateArray().Select(x => x.GetInt32()));
    }

    [Fact]
    public void ASessionGoesOnFromItsFile()
    {
        string first = Ok("candor run model \"the hen\" --raw --max-tokens 8 --ignore-eos --session s");
        Assert.True(File.Exists(folder["s"]));
        Assert.Equal(first, Ok("candor run model \"the hen\" --raw --max-tokens 8 --ignore-eos --session s"));
        ShellResult other = Shell.Run(folder.Path, "candor run model hi --raw --kv q4_0 --session s");
        Assert.Equal(4, other.Code);
        Assert.Contains("q4_0", other.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(6, Shell.Run(folder.Path, "candor run model hi --raw --session model").Code);
        Assert.Equal(6, Shell.Run(folder.Path, "candor run model hi --raw --session nowhere/s").Code);
    }

    [Fact]
    public void GuessingAheadGivesTheSameText()
    {
        string plain = Ok("candor run model \"the hen the hen the hen\" --raw --max-tokens 20 --ignore-eos --activations f32");
        Assert.Equal(plain, Ok("candor run model \"the hen the hen the hen\" --raw --max-tokens 20 --ignore-eos --activations f32 --speculate"));
        JsonElement json = Json("candor run model \"the hen the hen the hen\" --raw --max-tokens 20 --ignore-eos --activations f32 --draft model --json");
        Assert.Equal(plain.TrimEnd('\n'), json.GetProperty("text").GetString()!.TrimEnd('\n'));
        Assert.Equal(2, Shell.Run(folder.Path, "candor run model hi --raw --speculate --draft-tokens 65").Code);
    }

    [Fact]
    public void ConvertedModelsGiveTheSameLogits()
    {
        Ok("candor convert model model.gguf");
        Ok("candor convert model.gguf back");
        Ok("candor logits model --ids 1,2,3 --out a.safetensors");
        Ok("candor logits model.gguf --ids 1,2,3 --out b.safetensors");
        Ok("candor logits back --ids 1,2,3 --hidden --out c.safetensors");
        using GoldenFile a = new(folder["a.safetensors"]), b = new(folder["b.safetensors"]), c = new(folder["c.safetensors"]);
        Close.Within(1e-5, a.Floats("logits"), b.Floats("logits"), "GGUF");
        Assert.Equal(a.Floats("logits"), c.Floats("logits"));
        Assert.Equal([3, SmallModel.Hidden], c.Shape("hidden.2"));
        ShellResult again = Shell.Run(folder.Path, "candor convert model.gguf back");
        Assert.Equal(6, again.Code);
        Assert.Contains("not empty", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void InspectShowsTensorsAndOneWeight()
    {
        JsonElement json = Json("candor inspect model --json");
        Assert.Equal(JsonValueKind.Object, json.GetProperty("tensors").ValueKind);
        Assert.Contains("q_proj", Ok("candor inspect model --tensors"), StringComparison.Ordinal);
        Assert.NotEmpty(Ok("candor inspect model --layers"));
        Ok("candor inspect model --tensor lm_head.weight --out weight.safetensors");
        using var weight = new GoldenFile(folder["weight.safetensors"]);
        Assert.Equal([SmallModel.Vocabulary, SmallModel.Hidden], weight.Shape("lm_head.weight"));
    }

    [Fact]
    public void ScoresAndPerplexityAgree()
    {
        folder.Write("text.txt", string.Concat(Enumerable.Repeat("The hen laid an egg. ", 30)));
        JsonElement score = Json("candor score model --file text.txt --json"), perplexity = Json("candor perplexity model --file text.txt --ctx 64 --json");
        Assert.True(score.EnumerateObject().Any());
        Assert.True(perplexity.GetProperty("perplexity").GetDouble() > 1);
    }

    [Fact]
    public void AChatGoesOnAfterWhatCannotBeAnswered()
    {
        folder.Write("talk.txt", $"hi\n{new string('x', 400)}\n/history\n/nonsense\n/exit\n");
        ShellResult result = Shell.Run(folder.Path, "candor chat model --max-tokens 4 --ignore-eos < talk.txt");
        Assert.True(result.Code == 0, result.Error);
        Assert.Contains("context is 128", result.Error, StringComparison.Ordinal);
        Assert.Contains("user: hi", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("xxxx", result.Error, StringComparison.Ordinal);
        Assert.Contains("/nonsense is not a command", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ATrainedModelRuns()
    {
        folder.Write("text.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"The hen laid an egg.\"}\n", 40)));
        folder.Write("recipe.json", """
            {"model": {"config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
               "intermediate_size": 64, "hidden_act": "silu", "max_position_embeddings": 128, "rope_theta": 10000.0, "rms_norm_eps": 1e-05, "tie_word_embeddings": true}, "tokenizer": {"vocabulary": 300}},
             "data": {"train": ["text.jsonl"], "valid": ["text.jsonl"]}, "optimizer": {"rate": 2e-2, "warmUp": 2, "schedule": "constant"},
             "steps": 60, "stepTokens": 512, "batchTokens": 256, "length": 64, "output": "trained"}
            """);
        string[] lines = Ok("candor train recipe.json --json").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(61, lines.Length);
        using JsonDocument last = JsonDocument.Parse(lines[^2]), end = JsonDocument.Parse(lines[^1]);
        Assert.True(last.RootElement.GetProperty("loss").GetDouble() < 1);
        Assert.True(end.RootElement.GetProperty("after").GetProperty("valid_bits_per_byte").GetDouble() < end.RootElement.GetProperty("before").GetProperty("valid_bits_per_byte").GetDouble());
        double share = end.RootElement.GetProperty("share_of_limit").GetDouble(), limit = end.RootElement.GetProperty("flops_per_second_limit").GetDouble();
        Assert.InRange(share, 1e-6, 1);

        // A layer of 32 x 32, 16 x 32 twice, 32 x 32 and three times 64 x 32, and the tied output matrix: three passes of two operations each.
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(folder["trained/config.json"]));
        double numbers = (2 * 32 * 32) + (2 * 16 * 32) + (3 * 64 * 32) + (config.RootElement.GetProperty("vocab_size").GetInt32() * 32);
        Assert.Equal(6 * numbers, share * limit / end.RootElement.GetProperty("tokens_per_second").GetDouble(), 1);
        Assert.True(end.RootElement.GetProperty("peak_resident_bytes").GetInt64() > 1 << 20);
        Assert.StartsWith(" laid an egg.", Ok("candor run trained \"The hen\" --raw --max-tokens 12"), StringComparison.Ordinal);
        ShellResult missing = Shell.Run(folder.Path, "candor train nowhere.json");
        Assert.Equal(6, missing.Code);
    }

    [Fact]
    public void AnAdapterOfAQuantizedModelGoesAnywhere()
    {
        folder.Write("text.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"The hen laid an egg.\"}\n", 20)));
        folder.Write("recipe.json", """
            {"model": {"start": "model"}, "data": {"train": ["text.jsonl"], "general": ["text.jsonl"]}, "lora": {"rank": 2}, "optimizer": {"rate": 2e-2, "warmUp": 1},
             "steps": 6, "stepTokens": 256, "batchTokens": 128, "length": 64, "output": "adapted"}
            """);
        Ok("candor convert model model.gguf --type Q8_0");
        foreach (string precision in (string[])["auto", "bfloat16"])
            Assert.Contains("general texts", Ok($"candor train recipe.json --model model.gguf --output try-{precision} --set precision={precision}"), StringComparison.Ordinal);
        Assert.Equal(4, Shell.Run(folder.Path, "candor train recipe.json --model model.gguf --set precision=half").Code);
        Assert.Contains("general texts", Ok("candor train recipe.json --model model.gguf --set lora.alpha=8"), StringComparison.Ordinal);
        float[] Logits(string model)
        {
            Ok($"candor logits {model} --ids 1,2,3,4 --activations f32 --kv f32 --out logits.safetensors");
            using var file = new GoldenFile(folder["logits.safetensors"]);
            return file.Floats("logits");
        }

        float[] plain = Logits("model.gguf"), peft = Logits("model.gguf --lora adapted/adapter"), gguf = Logits("model.gguf --lora adapted/adapter.gguf"), merged = Logits("adapted/model.gguf");
        Close.Within(1e-4, peft, gguf, "PEFT's folder and GGUF");
        Assert.True(plain.Zip(peft, (a, b) => Math.Abs(a - b)).Max() > 0.05);

        // Merged weights are rounded to the file's own type.
        Assert.True(peft.Zip(merged, (a, b) => Math.Abs(a - b)).Max() < 0.5 * plain.Zip(peft, (a, b) => Math.Abs(a - b)).Max());
        Ok("candor run adapted/model.gguf hen --raw --max-tokens 2");
        ShellResult other = Shell.Run(folder.Path, "candor logits model.gguf --lora nowhere --ids 1 --out x.safetensors");
        Assert.Equal(4, other.Code);
        Assert.Contains("no such adapter", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void DataIsGeneratedAndGoneOnWith()
    {
        const string Generate = "candor data generate model --raw --prompt \"the {animal}\" --values animal=hen,dog,egg --seed 5 --temperature 1 --max-tokens 6 --unfinished keep --nearness 0.9 --sessions 3 --json";
        JsonElement whole = Json($"{Generate} --count 12 --tries 200 --out whole.jsonl");
        Assert.Equal(12, whole.GetProperty("texts").GetInt32());
        Assert.True(whole.GetProperty("tokens").GetInt32() >= 12);
        string[] lines = File.ReadAllLines(folder["whole.jsonl"]);
        Assert.Equal(12, lines.Distinct().Count());
        using JsonDocument first = JsonDocument.Parse(lines[0]);
        Assert.StartsWith("the ", first.RootElement.GetProperty("messages")[0].GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(64, first.RootElement.GetProperty("provenance").GetProperty("model_sha256").GetString()!.Length);

        // In two goes, with the end of the first cut off.
        Json($"{Generate} --count 7 --tries 200 --out parts.jsonl");
        File.WriteAllBytes(folder["parts.jsonl"], File.ReadAllBytes(folder["parts.jsonl"])[..^20]);
        Json($"{Generate} --count 12 --tries 200 --out parts.jsonl");
        Assert.Equal(lines, File.ReadAllLines(folder["parts.jsonl"]));
        ShellResult other = Shell.Run(folder.Path, Generate.Replace("--seed 5", "--seed 6", StringComparison.Ordinal) + " --count 12 --out parts.jsonl");
        Assert.Equal(4, other.Code);
        Assert.Contains("another model, seed", other.Error, StringComparison.Ordinal);
        Assert.Equal(2, Shell.Run(folder.Path, "candor data generate model --prompt hen --count 1 --out none.jsonl").Code);
        Assert.Equal(2, Shell.Run(folder.Path, "candor data generate model --seed 1 --count 1 --out none.jsonl").Code);
        Assert.False(File.Exists(folder["none.jsonl"]));
    }

    [Fact]
    public void ARunDrawsItsCurveAndSaysWhatItTakes()
    {
        folder.Write("text.csv", "text\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"\"Hen {i}, laid an egg.\"\n")));
        folder.Write("recipe.json", """
            {"model": {"depth": 1, "tokenizer": {"vocabulary": 300}}, "data": {"train": ["text.csv"], "validShare": 0.2, "answersOnly": false}, "steps": 6, "stepTokens": 256, "batchTokens": 128, "length": 64,
             "samples": {"prompts": ["Hen"], "every": 3, "tokens": 5}, "output": "curve"}
            """);
        ShellResult result = Shell.Run(folder.Path, "candor train recipe.json");
        Assert.True(result.Code == 0, result.Error);
        Assert.Contains("it will take about", result.Error, StringComparison.Ordinal);
        Assert.Contains("were expected", result.Error, StringComparison.Ordinal);
        Assert.Contains("Hen →", result.Error, StringComparison.Ordinal);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(folder["curve/loss.png"])[..4]);
        Assert.Contains("<svg", File.ReadAllText(folder["curve/loss.svg"]), StringComparison.Ordinal);
        Assert.Equal(2, File.ReadAllLines(folder["curve/samples.jsonl"]).Length);
        Assert.Equal(2, Shell.Run(folder.Path, "candor train recipe.json --watts -1 --output other").Code);
        Ok("candor train recipe.json --output plain --no-plot");
        Assert.False(File.Exists(folder["plain/loss.png"]));
    }

    [Fact]
    public void TheSchemaKnowsEveryFieldThatTheDocumentationNames()
    {
        JsonElement schema = Json("candor train --schema").GetProperty("properties");
        foreach (string name in (string[])["model", "data", "lora", "loss", "preference", "kto", "grpo", "distillation", "average", "earlyStopping", "samples", "optimizer", "steps", "stepTokens", "batchTokens", "length", "recompute", "checkpointEvery", "validateEvery", "seed", "output"])
            Assert.True(schema.TryGetProperty(name, out _), name);
        Assert.Equal(2, Shell.Run(folder.Path, "candor train").Code);
    }

    [Fact]
    public void ModelsAreMerged()
    {
        SmallModel.WriteFolder(folder["other"], seed: 2);
        Ok("candor merge model other --weight 3 1 --out mean");
        Ok("candor merge model other --method slerp --along 0 --out first");
        Ok("candor merge other --method ties --base model --density 1 --out ties");
        Ok("candor merge other --method dare --base model --density 1 --out dare");
        float[] a = Weight("model"), b = Weight("other");
        Close.Within(1e-6, [.. a.Zip(b, (x, y) => (0.75f * x) + (0.25f * y))], Weight("mean"), "mean");
        Close.Within(1e-6, a, Weight("first"), "slerp at 0");
        Close.Within(1e-6, b, Weight("ties"), "all of one task");
        Close.Within(1e-6, b, Weight("dare"), "all of one task");
        Ok("candor run mean hen --raw --max-tokens 2");
        foreach (string wrong in (string[])["model --out x", "model other --method ties --out x", "model other --weight 1 --out x", "model other --density 0 --out x"])
            Assert.Equal(4, Shell.Run(folder.Path, $"candor merge {wrong}").Code);
        Assert.Contains("not empty", Shell.Run(folder.Path, "candor merge model other --out mean").Error, StringComparison.Ordinal);

        float[] Weight(string name)
        {
            using var file = new GoldenFile(Path.Combine(folder[name], "model.safetensors"));
            return file.Floats("lm_head.weight");
        }
    }

    [Fact]
    public void RenderUsesTheModelsTemplate()
    {
        folder.Write("messages.json", """[{"role": "user", "content": "hi"}]""");
        Assert.Equal("<|user|>hi<|end|>\n", Ok("candor render model messages.json"));
    }

    [Fact]
    public void BenchHasTheNamesThatScriptsRead()
    {
        JsonElement json = Json("candor bench model -p 16 -n 4 -r 1 -t 1 --json");
        foreach (string name in (string[])["prefill_tokens_per_second", "decode_tokens_per_second", "peak_resident_bytes", "read_bytes_per_second", "int8_macs_per_second", "fp32_flops_per_second"])
            Assert.True(json.GetProperty(name).GetDouble() > 0, name);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("chat")]
    [InlineData("logits")]
    [InlineData("tokenize")]
    [InlineData("render")]
    [InlineData("inspect")]
    [InlineData("score")]
    [InlineData("perplexity")]
    [InlineData("embed")]
    [InlineData("bench")]
    [InlineData("convert")]
    [InlineData("train")]
    [InlineData("merge")]
    public void EveryCommandHasHelpWithExamples(string command)
    {
        string help = Ok($"candor {command} --help");
        Assert.Contains("Examples:", help, StringComparison.Ordinal);
        Assert.Contains($"candor {command} ", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("candor logits model --ids 1,2,999999", 4)]
    [InlineData("candor logits model --ids 1,-2", 2)]
    [InlineData("candor logits model --ids ,", 2)]
    [InlineData("candor run model hi --max-tokens -1", 2)]
    [InlineData("candor run model hi --logit-bias x", 2)]
    [InlineData("candor nonsense", 2)]
    [InlineData("candor run missing hi", 3)]
    [InlineData("candor inspect hen.jsonl", 3)]
    [InlineData("candor convert model out.gguf --type Q9_9", 2)]
    [InlineData("candor perplexity model --file missing.txt", 6)]
    public void MistakesEndInOneLineAndADocumentedCode(string command, int code)
    {
        folder.Write("hen.jsonl", "\"the hen\"\n");
        ShellResult result = Shell.Run(folder.Path, command);
        Assert.True(result.Code == code, $"{result.Code}: {result.Error}");
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.NotEmpty(result.Error.Trim());
    }

    [Fact]
    public void AGgufFileIsNotMadeAFolderOfThatName()
    {
        Ok("candor convert model out.gguf --type F16");
        ShellResult result = Shell.Run(folder.Path, "candor convert out.gguf again.gguf");
        Assert.Equal(2, result.Code);
        Assert.Contains("candor quantize", result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(folder["again.gguf"]));
    }

    private string Ok(string command)
    {
        folder.Write("hen.jsonl", "\"the hen\"\n");
        ShellResult result = Shell.Run(folder.Path, command);
        Assert.True(result.Code == 0, $"{command}: {result.Error}");
        return result.Output;
    }

    private JsonElement Json(string command) => JsonDocument.Parse(Ok(command)).RootElement;
}
