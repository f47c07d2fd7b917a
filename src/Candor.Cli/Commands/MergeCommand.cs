using System.CommandLine;
using Candor.Cli.Common;
using Candor.Training;

namespace Candor.Cli.Commands;

/// <summary><c>candor merge</c>: several models of one architecture become one.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        var models = new Argument<string[]>("MODEL") { Description = "Model folders of one architecture.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "The folder to write.", Required = true };
        Option<string> method = ModelOptionsGroup.Choice("--method", "linear is the weighted mean; slerp the arc between two models; ties and dare add to --base what the models have learnt on top of it.", "linear", "slerp", "ties", "dare");
        var ground = new Option<string?>("--base") { Description = "The folder of the model that all began as, for ties and dare." };
        var weights = new Option<double[]>("--weight") { Description = "A weight for each model, in their order; equal ones by default.", AllowMultipleArgumentsPerToken = true };
        var density = new Option<double>("--density") { Description = "Share of entries that ties and dare keep.", DefaultValueFactory = _ => 0.5 };
        var along = new Option<double>("--along") { Description = "How far slerp goes from the first model to the second.", DefaultValueFactory = _ => 0.5 };
        var seed = new Option<ulong>("--seed") { Description = "Decides what dare drops.", DefaultValueFactory = _ => 1 };
        var command = new Command("merge", "Merges models of one architecture. Tokenizer, template and config come from the first.\n\nExamples:\n  candor merge one two --out both\n  candor merge one two --method ties --base start --density 0.4 --weight 1 0.5 --out both");
        command.Arguments.Add(models);
        foreach (Option option in (Option[])[output, method, ground, weights, density, along, seed]) command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            string folder = parsed.GetValue(output)!;
            OutputFolder.RequireAbsent(folder);
            ModelMerger.Merge(parsed.GetValue(models)!, parsed.GetValue(ground), folder, new MergeOptions
            {
                Method = Enum.Parse<MergeMethod>(parsed.GetValue(method)!, ignoreCase: true), Weights = parsed.GetValue(weights) ?? [], Density = parsed.GetValue(density), Along = parsed.GetValue(along), Seed = parsed.GetValue(seed),
            }, cancellationToken);
            Console.Out.WriteLine(folder);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
