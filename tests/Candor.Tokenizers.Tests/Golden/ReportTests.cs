using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Candor.Tokenizers.Tests.Golden;

/// <summary>Faults that people met with other tools: every case whose command is <c>candor tokenize FOLDER …</c>.</summary>
public partial class ReportTests
{
    public static TheoryData<string> Cases => Shared.Rows(Folders());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reports_come_out_right(string name)
    {
        string folder = Shared.Require("reports", name);
        JsonElement report = GoldenJson.Load(Path.Combine(folder, "case.json"));
        int count = 0;
        foreach ((string command, JsonElement expect) in Commands(report)) count += Run(folder, command, expect);
        Assert.True(count > 0);
        GoldenTable.Passed("reports", name, "tokenize", count);
    }

    private static int Run(string folder, string command, JsonElement expect)
    {
        Match stream = StreamCommand().Match(command);
        if (stream.Success) return RunStream(folder, stream.Groups[1].Value, expect);
        Match match = TokenizeCommand().Match(command);
        Tokenizer tokenizer = TokenizerFolder.Open(Path.Combine(folder, match.Groups["model"].Value)).Tokenizer;
        bool parse = command.Contains("--special parse"), add = command.Contains("--add-special");
        if (match.Groups["runs"].Success) return RunRuns(Path.Combine(folder, match.Groups["runs"].Value), tokenizer, expect, parse);
        JsonElement[] lines = [.. File.ReadLines(Path.Combine(folder, match.Groups["input"].Value)).Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement.Clone())];
        if (command.Contains("--decode"))
        {
            Assert.Equal(expect.GetProperty("texts").Strings(), lines.Select(l => tokenizer.Decode(l.Ints())));
            return lines.Length;
        }

        JsonElement[] ids = [.. expect.GetProperty("ids").EnumerateArray()];
        Assert.Equal(ids.Length, lines.Length);
        for (int i = 0; i < ids.Length; i++) Assert.Equal(ids[i].Ints(), tokenizer.Encode(lines[i].GetString()!, parse, add));
        return lines.Length;
    }

    private static int RunRuns(string path, Tokenizer tokenizer, JsonElement expect, bool parse)
    {
        JsonElement[] runs = [.. GoldenJson.Load(path).EnumerateArray()];
        JsonElement[] expected = [.. expect.GetProperty("runs").EnumerateArray()];
        Assert.Equal(expected.Length, runs.Length);
        double begin = ThreadClock.Seconds;
        for (int i = 0; i < runs.Length; i++)
        {
            string text = string.Concat(Enumerable.Repeat(runs[i][0].GetString()!, runs[i][1].GetInt32()));
            int[] ids = tokenizer.Encode(text, parse);
            Assert.Equal(expected[i].GetProperty("count").GetInt32(), ids.Length);
            Assert.Equal(expected[i].GetProperty("first").Ints(), ids[..6]);
            Assert.Equal(expected[i].GetProperty("last").Ints(), ids[^3..]);
            byte[] hash = SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(string.Join(',', ids)));
            Assert.Equal(expected[i].Text("sha256"), Convert.ToHexStringLower(hash));
        }

        Assert.InRange(ThreadClock.Seconds - begin, 0, 20);
        return runs.Length;
    }

    private static int RunStream(string folder, string input, JsonElement expect)
    {
        string model = Directory.GetFiles(folder, "tokenizer.json", SearchOption.AllDirectories).Select(f => Path.GetDirectoryName(f)!).Single();
        Tokenizer tokenizer = TokenizerFolder.Open(model).Tokenizer;
        JsonElement[] streams = [.. expect.GetProperty("stream").EnumerateArray()];
        int[][] lines = [.. File.ReadLines(Path.Combine(folder, input)).Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement.Ints())];
        Assert.Equal(streams.Length, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
            string shown = "", allowed = "";
            string[] earliest = streams[i].Strings();
            for (int t = 0; t < lines[i].Length; t++)
            {
                shown += decoder.Push(lines[i][t]);
                allowed += earliest[t];
                Assert.StartsWith(shown, allowed, StringComparison.Ordinal);
            }

            Assert.Equal(allowed, shown + decoder.Flush());
        }

        return lines.Length;
    }

    private static IEnumerable<(string Command, JsonElement Expect)> Commands(JsonElement report)
    {
        IEnumerable<JsonElement> all = report.Get("more") is { } more ? more.EnumerateArray().Prepend(report) : [report];
        return all.Select(e => (e.Text("command"), e.GetProperty("expect")))
            .Where(c => (TokenizeCommand().IsMatch(c.Item1) && !c.Item1.Contains(".gguf", StringComparison.Ordinal)) || (StreamCommand().IsMatch(c.Item1) && c.Item2.Get("stream") is not null));
    }

    private static IEnumerable<string> Folders()
    {
        string? reports = Shared.Folder is null ? null : Path.Combine(Shared.Folder, "reports");
        if (reports is null || !Directory.Exists(reports)) return [];
        return Directory.GetDirectories(reports)
            .Where(d => File.Exists(Path.Combine(d, "case.json")) && Commands(GoldenJson.Load(Path.Combine(d, "case.json"))).Any())
            .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^candor tokenize (?<model>[^ ,]+)(?: --[^ ,<]+(?: (?:parse|plain)\b)?)*(?: < (?<input>\S+)|, one line for each \[text, times\] of (?<runs>\S+) \(.*)$")]
    private static partial System.Text.RegularExpressions.Regex TokenizeCommand();

    [GeneratedRegex(@"^decode each line of (\S+) with the streaming decoder")]
    private static partial System.Text.RegularExpressions.Regex StreamCommand();
}
