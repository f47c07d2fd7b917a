using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Candor.Cli.Common;
using Candor.Inference;
using Candor.Tokenizers.Templates;
using Candor.Training;

namespace Candor.Cli.Commands;

/// <summary><c>candor data generate</c>: training data that a model writes.</summary>
internal static class DataGenerateCommand
{
    // What prompts begin with, a system prompt above all, is read once.
    private const long PrefixBytes = 64 << 20;

    public static Command Create()
    {
        var model = new ModelOptionsGroup();
        var sampling = new SamplingOptionsGroup(0.8);
        var output = new Option<string>("--out", "-o") { Description = "The JSON Lines file to write; one that is there is gone on with.", Required = true };
        var prompt = new Option<string[]>("--prompt") { Description = "A prompt; {name} stands for one of the values of a name. May be given several times; they take turns." };
        var prompts = new Option<string?>("--prompts") { Description = "A data file whose prompts are used: .jsonl, .json, .csv, .parquet, or text with a blank line between prompts." };
        var values = new Option<string[]>("--values") { Description = "NAME=ONE,TWO,THREE or NAME=@FILE (a value a line): what {NAME} in prompts stands for. May be given several times." };
        var system = new Option<string?>("--system") { Description = "A system prompt; it does not stand in the data." };
        var raw = new Option<bool>("--raw") { Description = "Continues prompts as they are, without the chat template." };
        var count = new Option<int>("--count") { Description = "Texts that the file is to have.", DefaultValueFactory = _ => 100 };
        var tries = new Option<int>("--tries") { Description = "Most prompts to answer, those whose texts are left out included; 0 for ten times --count.", DefaultValueFactory = _ => 0 };
        var sessions = new Option<int>("--sessions") { Description = "Prompts that are answered together.", DefaultValueFactory = _ => 8 };
        Option<string> shape = ModelOptionsGroup.Choice("--shape", "What a line holds: messages, the text alone, or prompt and completion.", "messages", "text", "completion");
        Option<string> unfinished = ModelOptionsGroup.Choice("--unfinished", "What becomes of a text that the most tokens cut off: it is left out, trimmed to its last whole sentence, or kept.", "drop", "trim", "keep");
        var filter = new Option<string[]>("--filter") { Description = "FIELD=VALUE of a recipe's data.filter: --filter leastCharacters=200 --filter mostRepetition=0.1." };
        var nearness = new Option<double>("--nearness") { Description = "Share of common runs of five words from which a text repeats an earlier one and is left out; 0 keeps all.", DefaultValueFactory = _ => 0.8 };
        var judge = new Option<string?>("--judge") { Description = "Another model that reads each text; with --most-perplexity." };
        var perplexity = new Option<double?>("--most-perplexity") { Description = "Texts whose perplexity under --judge is greater are left out." };
        var json = new Option<bool>("--json") { Description = "Prints a summary as JSON." };
        var command = new Command("generate", "Writes training data with a model: many prompts at once, from templates or a file. Repeated, cut off and filtered texts are left out; every line says how it came about. Goes on where it was interrupted.\n\nExamples:\n  candor data generate model.gguf --prompt \"Tell a short story about {animal}.\" --values animal=\"a hen,a dog\" --count 200 --seed 1 --out stories.jsonl\n  candor data generate model.gguf --prompts questions.csv --count 1000 --sessions 16 --shape completion --seed 1 --out answers.jsonl\n  candor data generate small.gguf --prompts questions.csv --judge large.gguf --most-perplexity 8 --seed 1 --out good.jsonl");
        model.AddTo(command);
        foreach (Option option in (Option[])[output, prompt, prompts, values, system, raw, count, tries, sessions, shape, unfinished, filter, nearness, judge, perplexity, json]) command.Options.Add(option);
        sampling.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            GenerationOptions options = sampling.Read(parsed);
            (int wanted, int together) = (parsed.GetValue(count), parsed.GetValue(sessions));
            if (wanted < 1 || together is < 1 or > 1024 || parsed.GetValue(nearness) is not (>= 0 and <= 1)) throw new CliException("--count must be 1 or more, --sessions 1 to 1024, --nearness 0 to 1", ExitCode.Usage);
            ulong seed = options.Sampling.Seed ?? throw new CliException("--seed is needed: with it the data can be made again, and an interrupted run goes on", ExitCode.Usage);
            string[] given = parsed.GetValue(prompt) ?? [];
            string[] templates = parsed.GetValue(prompts) is { } list ? [.. given, .. PromptSet.Templates(list)] : given;
            if (templates.Length == 0) throw new CliException("no prompt: give --prompt or --prompts", ExitCode.Usage);
            Dictionary<string, IReadOnlyList<string>> names = Values(parsed.GetValue(values) ?? []);
            var set = new PromptSet(templates, names);
            double? most = parsed.GetValue(perplexity);
            if (most is null != parsed.GetValue(judge) is null || most is not (null or > 1)) throw new CliException("--judge and --most-perplexity, a number above 1, belong together", ExitCode.Usage);
            using LanguageModel opened = model.Open(parsed);
            using LanguageModel? judging = parsed.GetValue(judge) is { } named ? LanguageModel.Open(named, new ModelOptions { Plan = model.PlanOptions(parsed) }) : null;
            using GeneratedFile file = GeneratedFile.Open(
                parsed.GetValue(output)!, Origin(opened.Path, seed, options, templates, names, parsed.GetValue(system), parsed.GetValue(raw), [.. parsed.GetValue(filter) ?? [], parsed.GetValue(unfinished)!, .. judging is null ? [] : (string[])[ModelHash(judging.Path), most!.Value.ToString(CultureInfo.InvariantCulture)]]),
                parsed.GetValue(shape) switch { "text" => GeneratedShape.Text, "completion" => GeneratedShape.Completion, _ => GeneratedShape.Messages },
                RecipeFile.Filter(parsed.GetValue(filter) ?? []), parsed.GetValue(nearness) is > 0 and var n ? n : null);
            file.Most = wanted;
            var requests = new Requests(opened, set, options, seed, parsed.GetValue(system), parsed.GetValue(raw));
            string cut = parsed.GetValue(unfinished)!;
            Summary summary = Run(opened, file, requests, wanted, parsed.GetValue(tries) is > 0 and var limit ? limit : (int)Math.Min(10L * wanted, int.MaxValue), together, text => Suits(judging, most, text), cut, cancellationToken);
            if (parsed.GetValue(json)) summary.WriteJson();
            else summary.WriteText();
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Summary Run(LanguageModel model, GeneratedFile file, Requests requests, int wanted, int tries, int sessions, Func<string, bool> suits, string unfinished, CancellationToken cancellationToken)
    {
        using var progress = Progress.Start("generating");
        long began = Stopwatch.GetTimestamp(), tokens = 0;
        int first = file.Next;
        bool Enough() => file.Kept >= wanted;
        IEnumerable<GenerationRequest> Draw()
        {
            for (int i = first; i < tries && !Enough(); i++) yield return requests.At(i);
        }

        using var prefixes = new PrefixCache(PrefixBytes);
        foreach ((int index, GenerationResult result) in BatchedGeneration.Run(model, Draw(), sessions, prefixes, cancellationToken))
        {
            tokens += result.GeneratedIds.Count;
            bool ended = result.Finish == FinishReason.Stop;
            string text = !ended && unfinished == "trim" ? SentenceEnd.Trim(result.Text) : result.Text;
            file.Add(first + index, requests.Prompt(first + index), text, (ended || unfinished != "drop") && suits(text));
            progress.Report((double)file.Kept / wanted);
            if (Enough()) break;
        }

        if (!Enough()) Console.Error.WriteLine($"candor: only {file.Kept} of {wanted} texts after {tries} prompts: more --tries, a looser --filter or a higher --temperature give more");
        return new Summary(file, tokens, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Whether a text is as likely as it must be under another model; a text of less than two tokens is not.</summary>
    private static bool Suits(LanguageModel? judge, double? most, string text)
    {
        if (judge is null) return true;
        int[] ids = judge.EncodePrompt(text);
        if (judge.Text.BosId is { } begin && (ids.Length == 0 || ids[0] != begin)) ids = [begin, .. ids];
        return ids.Length > 1 && Scoring.Score(judge, ids).Perplexity <= most;
    }

    private static Dictionary<string, IReadOnlyList<string>> Values(string[] texts)
    {
        var values = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            string[] parts = text.Split('=', 2);
            if (parts.Length != 2 || parts[0].Length == 0) throw new CliException($"--values {text}: NAME=ONE,TWO,THREE or NAME=@FILE is expected", ExitCode.Usage);
            values[parts[0]] = parts[1].StartsWith('@') ? [.. File.ReadLines(parts[1][1..]).Where(l => l.Length > 0)] : parts[1].Split(',');
        }

        return values;
    }

    private static GeneratedOrigin Origin(string path, ulong seed, GenerationOptions options, string[] templates, Dictionary<string, IReadOnlyList<string>> values, string? system, bool raw, string[] filter)
    {
        string told = string.Join('\n', [.. templates, .. values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={string.Join('\n', v.Value)}"), .. filter, $"{system} {raw}", options.Sampling.ToString(), $"{options.MaxTokens}"]);
        var settings = new JsonObject
        {
            ["temperature"] = options.Sampling.Temperature, ["top_p"] = options.Sampling.TopP, ["top_k"] = options.Sampling.TopK,
            ["settings_sha256"] = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(told))),
        };
        return new GeneratedOrigin(Path.GetFileName(path.TrimEnd('/')), ModelHash(path), seed, settings);
    }

    private static string ModelHash(string path)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.Exists(path) ? Directory.GetFiles(path).Order(StringComparer.Ordinal) : Enumerable.Repeat(path, 1))
        {
            using FileStream stream = File.OpenRead(file);
            sha.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>The request of each number; it depends on the seed and the number alone.</summary>
    private sealed class Requests(LanguageModel model, PromptSet set, GenerationOptions options, ulong seed, string? system, bool raw)
    {
        public string Prompt(int index) => set.Draw(index, seed);

        public GenerationRequest At(int index)
        {
            string text = Prompt(index);
            int[] ids = raw ? model.EncodePrompt(text)
                : model.EncodeChat(ChatTemplateRequest.Of(system is null ? [("user", text)] : [("system", system), ("user", text)]));
            return new GenerationRequest(ids, options with { Sampling = options.Sampling with { Seed = new SeededRandom(seed + ((ulong)index << 20)).Next() } });
        }
    }

    private sealed record Summary(GeneratedFile File, long Tokens, double Seconds)
    {
        public void WriteText() => Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{File.Kept:N0} texts; left out {File.Filtered:N0} cut off or filtered, {File.Duplicates:N0} repeated; {Tokens:N0} tokens, {Tokens / Seconds:0} tokens/s"));

        public void WriteJson() => JsonOutput.Write(w =>
        {
            w.WriteStartObject();
            w.WriteNumber("texts", File.Kept);
            w.WriteNumber("filtered", File.Filtered);
            w.WriteNumber("duplicates", File.Duplicates);
            w.WriteNumber("tokens", Tokens);
            w.WriteNumber("tokens_per_second", Tokens / Seconds);
            w.WriteEndObject();
        });
    }
}
