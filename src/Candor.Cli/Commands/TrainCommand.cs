using System.CommandLine;
using Candor.Cli.Common;
using Candor.Cli.Plots;
using Candor.Training;

namespace Candor.Cli.Commands;

/// <summary><c>candor train</c>: a run of a recipe.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string?>("RECIPE") { Description = "A recipe: a JSON file; see docs/training.md.", Arity = ArgumentArity.ZeroOrOne };
        var schema = new Option<bool>("--schema") { Description = "Prints the JSON schema of recipes and does nothing else." };
        var output = new Option<string?>("--output") { Description = "The folder to write, instead of the recipe's." };
        var model = new Option<string?>("--model") { Description = "The model to start from, a folder or a GGUF file, instead of the recipe's." };
        var set = new Option<string[]>("--set") { Description = "Sets any field of the recipe: --set optimizer.rate=1e-4 --set lora.rank=8. Paths are relative to the recipe." };
        var steps = new Option<int?>("--steps") { Description = "Steps, instead of the recipe's." };
        var rate = new Option<double?>("--rate") { Description = "The highest learning rate, instead of the recipe's." };
        var seed = new Option<ulong?>("--seed") { Description = "The seed, instead of the recipe's." };
        var watts = new Option<double?>("--watts") { Description = "Watts that the processor takes, for the estimate of energy; 10 a thread where missing. Where the processor counts its energy itself, that is shown instead." };
        var plot = new Option<bool>("--no-plot") { Description = "Draws no curves (loss.png and loss.svg in the output folder) at the end." };
        var json = new Option<bool>("--json") { Description = "Prints a line of JSON for each step." };
        var command = new Command("train", "Trains a model by a recipe. An interrupted run goes on from its last checkpoint when it is started again.\n\nExamples:\n  candor train recipe.json\n  candor train recipe.json --model model.gguf --set lora.rank=8\n  candor train recipe.json --steps 100 --output try --json");
        command.Arguments.Add(recipe);
        foreach (Option option in (Option[])[model, output, set, steps, rate, seed, watts, plot, json, schema]) command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(schema))
            {
                Console.Out.WriteLine(RecipeFile.Schema());
                return Task.FromResult(ExitCode.Success);
            }

            bool asJson = parsed.GetValue(json);
            string path = parsed.GetValue(recipe) ?? throw new CliException("no recipe: name a JSON file; candor train --help shows examples", ExitCode.Usage);
            using TrainingRun run = TrainingRun.Open(path, Change, line => Console.Error.WriteLine($"candor: {line}"), parsed.GetValue(set));
            if (parsed.GetValue(watts) is { } w) run.Watts = w >= 0 ? w : throw new CliException("--watts must be 0 or more", ExitCode.Usage);
            var view = new TrainView(run, asJson);
            view.Begin();
            run.Run(view.Show, cancellationToken);
            if (!parsed.GetValue(plot)) RunPlot.Write(run.Output);
            view.End();
            return Task.FromResult(ExitCode.Success);

            TrainingRecipe Change(TrainingRecipe r) => r with
            {
                Model = parsed.GetValue(model) is { } start ? r.Model with { Start = Path.GetFullPath(start) } : r.Model,
                Output = parsed.GetValue(output) is { } folder ? Path.GetFullPath(folder) : r.Output,
                Steps = parsed.GetValue(steps) ?? r.Steps,
                Seed = parsed.GetValue(seed) ?? r.Seed,
                Optimizer = r.Optimizer with { Rate = parsed.GetValue(rate) ?? r.Optimizer.Rate },
            };
        });
        return command;
    }
}
