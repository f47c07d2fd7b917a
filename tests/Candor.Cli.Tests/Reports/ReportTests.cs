using System.Text.Json;

namespace Candor.Cli.Tests.Reports;

/// <summary>
/// Faults that people met with other tools: each case's commands, run as they stand, must give what its file expects.
/// Cases for commands that candor does not have are not listed.
/// </summary>
public class ReportTests
{
    private static readonly string[] Commands = ["logits", "embed", "run", "inspect", "tokenize", "render", "convert", "quantize"];

    public static TheoryData<string> Cases() => Shared.Rows(Shared.Folder is null ? [] :
        Directory.GetDirectories(Path.Combine(Shared.Folder, "reports")).Select(d => Path.GetFileName(d)).Where(name => Steps(name).Any()).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheCommandLineGivesWhatTheReportExpects(string name)
    {
        string folder = Shared.Require("reports", name);
        int count = 0;
        foreach ((string command, JsonElement expect) in Steps(name))
        {
            using var temporary = new TempFolder();
            foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
                temporary.Write(Path.GetRelativePath(folder, file), File.ReadAllBytes(file));
            ShellResult result = default;
            foreach (string part in command.Split(", then ")) result = Shell.Run(temporary.Path, Json(part));
            string?[] faults = [.. Alternatives(expect).Select(e => ReportJudge.Judge(e, folder, temporary.Path, result))];
            Assert.True(faults.Contains(null), $"{command}: {string.Join("; or ", faults)}");
            count++;
        }

        GoldenTable.Passed("reports", name, "command line", count);
    }

    private static IEnumerable<(string Command, JsonElement Expect)> Steps(string name)
    {
        JsonElement report = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Shared.Folder!, "reports", name, "case.json"))).RootElement;
        IEnumerable<JsonElement> all = report.TryGetProperty("more", out JsonElement more) ? more.EnumerateArray().Prepend(report) : [report];
        foreach (JsonElement step in all)
        {
            string command = step.GetProperty("command").GetString()!;
            bool known = Commands.Any(c => command.Contains($"candor {c} ", StringComparison.Ordinal))
                && !command.Contains("one line for each", StringComparison.Ordinal) && !command.StartsWith("decode", StringComparison.Ordinal);
            if (known) yield return (command, step.GetProperty("expect"));
        }
    }

    private static List<JsonElement> Alternatives(JsonElement expect) =>
        expect.TryGetProperty("accept", out JsonElement list) ? [.. list.EnumerateArray()] : [expect];

    /// <summary>What a run gave besides its text is told in JSON only.</summary>
    private static string Json(string command) =>
        command.Contains("candor run ", StringComparison.Ordinal) && !command.Contains("--json", StringComparison.Ordinal) ? command + " --json" : command;
}
