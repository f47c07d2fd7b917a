using System.CommandLine;
using Candor.Peers.Comparison;

namespace Candor.Peers.Commands;

/// <summary><c>compare MODEL --candor FILE</c>: Candor and llama.cpp in turn, on the same file with the same threads.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<FileInfo> model = Arguments.Model();
        Option<FileInfo> candor = new Option<FileInfo>("--candor") { Description = "The `candor` program.", Required = true }.AcceptExistingOnly();
        Option<int> prompt = Arguments.Number("--prompt", "Tokens of the prompt.", 512, 1, "-p");
        Option<int> generate = Arguments.Number("--generate", "Tokens generated.", 128, 1, "-n");
        Option<int> repetitions = Arguments.Positive("--repetitions", "Repetitions within each process.", 5, "-r");
        Option<int> rounds = Arguments.Positive("--rounds", "Processes of each engine, in turn.", 5);
        Option<int> threads = Arguments.Threads();
        Option<DirectoryInfo?> library = Arguments.Library();
        var command = new Command("compare", "Run Candor and llama.cpp in turn and print medians and ratios.")
        {
            model, candor, prompt, generate, repetitions, rounds, threads, library,
        };
        command.SetAction(parsed =>
        {
            string[] common =
            [
                parsed.GetValue(model)!.FullName,
                "-p", Text(parsed.GetValue(prompt)), "-n", Text(parsed.GetValue(generate)),
                "-t", Text(parsed.GetValue(threads)), "-r", Text(parsed.GetValue(repetitions)), "--json",
            ];
            string[] where = parsed.GetValue(library) is { } folder ? ["--library", folder.FullName] : [];
            Engine[] engines =
            [
                new("candor", Program(parsed.GetValue(candor)!.FullName), ["bench", .. common]),
                new("llama.cpp", Self(), ["llama-bench", .. common, .. where]),
            ];
            var turns = new Turns(engines);
            for (int round = 0; round < parsed.GetValue(rounds); round++) turns.Run(round, Console.Error);
            Table.Print(turns, Console.Out);
        });
        return command;

        static string Text(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    // A program that was built, not published, may be given by its .dll.
    private static string[] Program(string path) =>
        path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? ["dotnet", path] : [path];

    private static string[] Self() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "candor-peers.dll")]
            : [Environment.ProcessPath!];
}
