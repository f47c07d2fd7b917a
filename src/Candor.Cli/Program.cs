using System.CommandLine;
using Candor.Cli.Commands;
using Candor.Cli.Common;

var root = new RootCommand("Candor: open language models in .NET. Open, run, inspect and measure them.")
{
    RunCommand.Create(),
    LogitsCommand.Create(),
    TokenizeCommand.Create(),
    RenderCommand.Create(),
    InspectCommand.Create(),
};
return await CommandRunner.InvokeAsync(root, args).ConfigureAwait(false);
