using System.CommandLine;
using Candor.Peers.Comparison;

namespace Candor.Peers.Commands;

/// <summary><c>compare MODEL --candor FILE</c>: Candor and llama.cpp in turn, on the same file with the same threads.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<FileInfo[]> models = new Argument<FileInfo[]>("models") { Description = "GGUF files.", Arity = ArgumentArity.OneOrMore }.AcceptExistingOnly();
        Option<DirectoryInfo?> output = new("--out") { Description = "A folder for comparison.json and a plot." };
        Option<FileInfo> candor = new Option<FileInfo>("--candor") { Description = "The `candor` program.", Required = true }.AcceptExistingOnly();
        Option<int> prompt = Arguments.Number("--prompt", "Tokens of the prompt; 0 leaves prefill out.", 512, 0, "-p");
        Option<int> generate = Arguments.Number("--generate", "Tokens generated; 0 leaves decode out.", 128, 0, "-n");
        Option<int> repetitions = Arguments.Positive("--repetitions", "Repetitions within each process.", 5, "-r");
        Option<int> rounds = Arguments.Positive("--rounds", "Processes of each engine, in turn.", 5);
        Option<int> depth = Arguments.Depth(), sessions = Arguments.Sessions(), threads = Arguments.Threads();
        Option<string> cache = new("--kv") { Description = "How both cache keys and values: f32, f16, q8_0 or q4_0.", DefaultValueFactory = _ => "f16" };
        cache.AcceptOnlyFromAmong("f32", "f16", "q8_0", "q4_0");
        Option<DirectoryInfo?> library = Arguments.Library();
        var command = new Command("compare", "Run Candor and llama.cpp in turn and print medians and ratios.")
        {
            models, candor, prompt, generate, depth, sessions, cache, repetitions, rounds, threads, output, library,
        };
        command.SetAction(parsed =>
        {
            string[] conditions =
            [
                "-p", Text(parsed.GetValue(prompt)), "-n", Text(parsed.GetValue(generate)),
                "-d", Text(parsed.GetValue(depth)), "--sessions", Text(parsed.GetValue(sessions)), "--kv", parsed.GetValue(cache)!,
                "-t", Text(parsed.GetValue(threads)), "-r", Text(parsed.GetValue(repetitions)),
            ];
            string[] where = parsed.GetValue(library) is { } folder ? ["--library", folder.FullName] : [];
            var all = new List<FileComparison>();
            foreach (FileInfo model in parsed.GetValue(models)!)
            {
                Engine[] engines =
                [
                    new("candor", Program(parsed.GetValue(candor)!.FullName), ["bench", model.FullName, .. conditions, "--json"]),
                    new("llama.cpp", Self(), ["llama-bench", model.FullName, .. conditions, "--json", .. where]),
                ];
                var turns = new Turns(engines);
                Console.Error.WriteLine(model.Name);
                for (int round = 0; round < parsed.GetValue(rounds); round++) turns.Run(round, Console.Error);
                all.Add(new FileComparison(model.Name, turns));
                if (all.Count > 1) Console.Out.WriteLine();
                Table.Print(all[^1], Console.Out);
                if (parsed.GetValue(output) is { } to) ComparisonFiles.Write(to.FullName, conditions, all);
            }
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
