using System.CommandLine;
using System.Globalization;
using Candor.Cli.Common;
using Candor.Inference;

namespace Candor.Cli.Commands;

/// <summary><c>candor score</c>: how likely a model finds each token of a text.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var model = new ModelOptionsGroup();
        var file = new Option<string?>("--file") { Description = "The text; stdin where missing." };
        var add = new Option<bool>("--add-special") { Description = "Puts the model's BOS first, so that the first token is scored too." };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("score", "Prints the log-probability of each token of a text.\n\nExamples:\n  candor score model.gguf --file text.txt\n  echo \"some text\" | candor score model.gguf --json");
        model.AddTo(command);
        foreach (Option option in (Option[])[file, add, json]) command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            string text = TextInput.Read(parsed.GetValue(file));
            using LanguageModel opened = model.Open(parsed);
            int[] ids = opened.Tokenizer.Encode(text, addSpecial: parsed.GetValue(add));
            TextScore score;
            using (Progress progress = Progress.Start("scoring"))
                score = Scoring.Score(opened, ids, new Reporter(progress), cancellationToken);
            if (parsed.GetValue(json)) Report(opened, ids, score);
            else Print(opened, ids, score);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Print(LanguageModel model, int[] ids, TextScore score)
    {
        for (int i = 1; i < ids.Length; i++)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{score.LogProbabilities[i - 1]:0.0000}\t{ids[i]}\t{model.Tokenizer.IdToToken(ids[i])}"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sum {score.LogProbabilities.Sum():0.0000}, perplexity {score.Perplexity:0.0000} over {score.LogProbabilities.Count} tokens"));
    }

    private static void Report(LanguageModel model, int[] ids, TextScore score) => JsonOutput.Write(w =>
    {
        w.WriteStartObject();
        w.WriteIds("ids", ids);
        w.WriteStartArray("tokens");
        foreach (int id in ids) w.WriteStringValue(model.Tokenizer.IdToToken(id));
        w.WriteEndArray();
        w.WriteStartArray("logprobs");
        foreach (double log in score.LogProbabilities) w.WriteNumberValue(log);
        w.WriteEndArray();
        JsonOutput.WriteNumber(w, "sum", score.LogProbabilities.Sum());
        JsonOutput.WriteNumber(w, "perplexity", score.Perplexity);
        w.WriteEndObject();
    });
}
