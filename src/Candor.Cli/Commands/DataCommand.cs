using System.CommandLine;
using System.Globalization;
using Candor.Cli.Common;
using Candor.Training;

namespace Candor.Cli.Commands;

/// <summary><c>candor data</c>: what a recipe's data are, and how a model makes some.</summary>
internal static class DataCommand
{
    private const string Green = "\u001b[32m", Plain = "\u001b[0m";

    public static Command Create()
    {
        var command = new Command("data", "Looks at training data, and makes some with a model.");
        command.Subcommands.Add(Check());
        command.Subcommands.Add(DataGenerateCommand.Create());
        return command;
    }

    private static Command Check()
    {
        var recipe = new Argument<string>("RECIPE") { Description = "A recipe: a JSON file; see docs/training.md." };
        var model = new Option<string?>("--model") { Description = "The model to start from, a folder or a GGUF file, instead of the recipe's." };
        var set = new Option<string[]>("--set") { Description = "Sets any field of the recipe, as in candor train." };
        var show = new Option<int>("--show") { Description = "Documents of each file that are shown as the model will see them; what it is to learn stands in green, or in ⟦ ⟧ where nothing is coloured.", DefaultValueFactory = _ => 2 };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("check", "Shows what the model will really see: the text that it is to learn, lengths, what is too long or occurs twice. An answer without an end token is an error. Nothing is trained or written.\n\nExamples:\n  candor data check recipe.json\n  candor data check recipe.json --model model.gguf --show 10");
        command.Arguments.Add(recipe);
        foreach (Option option in (Option[])[model, set, show, json]) command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            int most = parsed.GetValue(show);
            bool asJson = parsed.GetValue(json), colour = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
            DataCheck check = DataCheck.Open(parsed.GetValue(recipe)!, r => parsed.GetValue(model) is { } start ? r with { Model = r.Model with { Start = Path.GetFullPath(start) } } : r, parsed.GetValue(set));
            IReadOnlyList<DataFileCheck> files = check.Files(asJson || most == 0 ? null : Show, cancellationToken);
            if (asJson) WriteJson(files);
            else foreach (DataFileCheck file in files) WriteText(file);
            return Task.FromResult(ExitCode.Success);

            void Show(string file, int number, IReadOnlyList<DataSpan> spans)
            {
                if (number > most) return;
                Console.Out.WriteLine($"--- {file}, document {number}");
                foreach (DataSpan span in spans) Console.Out.Write(!span.Counts ? span.Text : colour ? Green + span.Text + Plain : $"⟦{span.Text}⟧");
                Console.Out.WriteLine();
            }
        });
        return command;
    }

    private static void WriteText(DataFileCheck file) => Console.Out.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{file.Use} {file.Path}: {file.Documents:N0} documents, {file.Tokens:N0} tokens, {file.Counted:N0} of them to be learnt; lengths {file.Quantile(0)} / {file.Quantile(0.5)} / {file.Quantile(0.95)} / {file.Quantile(1)} (least, median, 95 %, greatest); {file.TooLong:N0} too long, {file.Twice:N0} twice; {file.Filtered:N0} filtered out, {file.Duplicates:N0} dropped as duplicates"));

    private static void WriteJson(IReadOnlyList<DataFileCheck> files) => JsonOutput.Write(w =>
    {
        w.WriteStartObject();
        w.WriteStartArray("files");
        foreach (DataFileCheck file in files)
        {
            w.WriteStartObject();
            w.WriteString("file", file.Path);
            w.WriteString("use", file.Use);
            w.WriteNumber("documents", file.Documents);
            w.WriteNumber("tokens", file.Tokens);
            w.WriteNumber("counted", file.Counted);
            w.WriteNumber("shortest", file.Quantile(0));
            w.WriteNumber("median", file.Quantile(0.5));
            w.WriteNumber("longest", file.Quantile(1));
            w.WriteNumber("too_long", file.TooLong);
            w.WriteNumber("twice", file.Twice);
            w.WriteNumber("filtered", file.Filtered);
            w.WriteNumber("duplicates", file.Duplicates);
            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteEndObject();
    });
}
