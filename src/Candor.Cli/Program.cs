using System.CommandLine;
using Candor.Cli.Commands;
using Candor.Cli.Common;

var root = new RootCommand("Candor: open language models in .NET. Open, run, inspect, measure and train them.")
{
    RunCommand.Create(),
    ChatCommand.Create(),
    LogitsCommand.Create(),
    TokenizeCommand.Create(),
    RenderCommand.Create(),
    InspectCommand.Create(),
    ScoreCommand.Create(),
    PerplexityCommand.Create(),
    EmbedCommand.Create(),
    BenchCommand.Create(),
    ConvertCommand.Create(),
    QuantizeCommand.Create(),
    ImatrixCommand.Create(),
    DataCommand.Create(),
    TrainCommand.Create(),
    MergeCommand.Create(),
};
return await CommandRunner.InvokeAsync(root, args).ConfigureAwait(false);
