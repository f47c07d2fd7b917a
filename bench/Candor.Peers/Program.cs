using System.CommandLine;
using Candor.Peers.Commands;
using Candor.Peers.Comparison;
using Candor.Peers.Llama;

var root = new RootCommand("Runs other engines beside Candor, on the same files, to compare speed and results.")
{
    LlamaBenchCommand.Create(),
    LlamaLogitsCommand.Create(),
    LlamaPerplexityCommand.Create(),
    LlamaTokenizeCommand.Create(),
    LimitsCommand.Create(),
    CompareCommand.Create(),
    MakeModelCommand.Create(),
};

try
{
    // @FILE belongs to --ids here, not to the parser's own response files.
    return root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null }).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is LlamaException or ComparisonException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"candor-peers: {e.Message}");
    return 1;
}
