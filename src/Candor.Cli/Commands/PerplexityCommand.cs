using System.CommandLine;
using System.Globalization;
using Candor.Cli.Common;
using Candor.Inference;

namespace Candor.Cli.Commands;

/// <summary><c>candor perplexity</c>: how well a model predicts a text.</summary>
internal static class PerplexityCommand
{
    public static Command Create()
    {
        var model = new ModelOptionsGroup();
        var file = new Option<string?>("--file") { Description = "The text; stdin where missing." };
        var context = new Option<int>("--ctx") { Description = "Tokens a window.", DefaultValueFactory = _ => 512 };
        var stride = new Option<int?>("--stride") { Description = "Tokens between windows; half a window where missing." };
        Option<string> method = ModelOptionsGroup.Choice("--method", "chunked is llama.cpp's definition (second halves of separate chunks), sliding scores every token once.", "chunked", "sliding");
        var limit = new Option<int>("--max-tokens") { Description = "Uses only the first tokens of the text; 0 for all.", DefaultValueFactory = _ => 0 };
        var against = new Option<string?>("--against") { Description = "Another model with the same vocabulary, such as the one that this was quantized from: shows how far the predictions lie from its own, in windows of --ctx." };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("perplexity", "Measures perplexity over a text.\n\nExamples:\n  candor perplexity model.gguf --file wiki.txt\n  candor perplexity model.gguf --file wiki.txt --method sliding --ctx 512 --stride 256 --json\n  candor perplexity model-q4.gguf --file wiki.txt --against model-f16.gguf");
        model.AddTo(command);
        foreach (Option option in (Option[])[file, context, stride, method, limit, against, json]) command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            int window = parsed.GetValue(context), step = parsed.GetValue(stride) ?? Math.Max(1, window / 2), most = parsed.GetValue(limit);
            if (window < 4 || step < 1 || step > window || most < 0) throw new CliException("--ctx must be 4 or more, --stride 1 to --ctx, --max-tokens 0 or more", ExitCode.Usage);
            string text = TextInput.Read(parsed.GetValue(file));
            using LanguageModel opened = model.Open(parsed);
            int[] ids = opened.Tokenizer.Encode(text);
            if (most > 0 && ids.Length > most) ids = ids[..most];
            if (parsed.GetValue(against) is { } other)
            {
                DivergenceCost.Write(Compare(opened, model.Open(parsed, path: other), ids, window, cancellationToken), parsed.GetValue(json));
                return Task.FromResult(ExitCode.Success);
            }

            string chosen = parsed.GetValue(method)!;
            TextScore score;
            using (Progress progress = Progress.Start("perplexity"))
            {
                var reporter = new Reporter(progress);
                score = chosen == "chunked"
                    ? Scoring.Chunked(opened, ids, window, opened.Text.BosId, reporter, cancellationToken)
                    : Scoring.Sliding(opened, ids, window, step, reporter, cancellationToken);
            }

            if (parsed.GetValue(json))
            {
                JsonOutput.Write(w =>
                {
                    w.WriteStartObject();
                    JsonOutput.WriteNumber(w, "perplexity", score.Perplexity);
                    w.WriteString("method", chosen);
                    w.WriteNumber("context", window);
                    w.WriteNumber("tokens", ids.Length);
                    w.WriteNumber("scored_tokens", score.LogProbabilities.Count);
                    w.WriteEndObject();
                });
            }
            else
            {
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"perplexity {score.Perplexity:0.0000} ({chosen}, {window} tokens of context, {score.LogProbabilities.Count} tokens scored)"));
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static DivergenceReport Compare(LanguageModel model, LanguageModel reference, int[] ids, int window, CancellationToken cancellationToken)
    {
        using LanguageModel opened = reference;
        using Progress progress = Progress.Start("comparing");
        return Divergence.Compare(opened, model, ids, window, opened.Text.BosId, new Reporter(progress), cancellationToken);
    }
}
