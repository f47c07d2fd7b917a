using System.Text.Json;
using System.Text.RegularExpressions;
using Candor.Tokenizers.Templates;
using Candor.Tokenizers.Tests.Golden;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>Faults that people met with other tools: every case whose command is <c>candor render …</c>, and chats that become ids.</summary>
public partial class TemplateReportTests
{
    public static TheoryData<string> Cases => Shared.Rows(Folders());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reports_come_out_right(string name)
    {
        string folder = Shared.Require("reports", name);
        int count = 0;
        foreach ((string command, JsonElement expect) in Commands(GoldenJson.Load(Path.Combine(folder, "case.json"))))
        {
            if (expect.Get("prompt_ids") is { } ids) Assert.Equal(ids.Ints(), PromptIds(folder, command));
            else Run(folder, RenderCommand().Match(command), expect);
            count++;
        }

        Assert.True(count > 0);
        GoldenTable.Passed("reports", name, "render", count);
    }

    private static void Run(string folder, Match command, JsonElement expect)
    {
        string Render()
        {
            string path = Path.Combine(folder, command.Groups["source"].Value);
            (ChatTemplateSet templates, Dictionary<string, string> special) = Directory.Exists(path) ? OpenModel(path) : (ChatTemplateSet.Of(File.ReadAllText(path)), []);
            foreach (string token in (string[])["bos", "eos"])
                if (command.Groups[token].Success) special[token + "_token"] = command.Groups[token].Value;
            ChatTemplateRequest request = ChatTemplateRequest.FromJson(GoldenJson.Load(Path.Combine(folder, command.Groups["messages"].Value))) with { SpecialTokens = special };
            return templates.Select(command.Groups["name"].Success ? command.Groups["name"].Value : null, !request.Tools.IsNone).Render(request);
        }

        if (expect.Text("exit") == "error")
        {
            var fault = Assert.Throws<TemplateException>(Render);
            Assert.DoesNotContain('\n', fault.Message);
            foreach (string mention in expect.Get("stderr_mentions")?.Strings() ?? []) Assert.Contains(mention, fault.Message, StringComparison.OrdinalIgnoreCase);
            return;
        }

        string text = Render();
        if (expect.Get("stdout") is { } exact) Assert.Equal(exact.GetString(), text);
        if (expect.Get("stdout_pattern") is { } pattern) Assert.Matches(pattern.GetString()!, text);
    }

    /// <summary>The template writes the beginning token where it wants one: a rendered chat gets no second one.</summary>
    private static int[] PromptIds(string folder, string command)
    {
        string model = Directory.GetFiles(folder, "tokenizer.json", SearchOption.AllDirectories).Select(f => Path.GetDirectoryName(f)!).Single();
        (ChatTemplateSet templates, Dictionary<string, string> special) = OpenModel(model);
        ChatTemplateRequest request = ChatTemplateRequest.FromJson(GoldenJson.Load(Path.Combine(folder, ChatCommand().Match(command).Groups["messages"].Value))) with
        {
            SpecialTokens = special,
            AddGenerationPrompt = command.Contains("and a generation prompt", StringComparison.Ordinal),
        };
        return TokenizerFolder.Open(model).Tokenizer.Encode(templates.Select().Render(request), parseSpecial: true);
    }

    private static (ChatTemplateSet Templates, Dictionary<string, string> Special) OpenModel(string path)
    {
        TokenizerConfig config = TokenizerFolder.Open(path).Config;
        return (new ChatTemplateSet(config.ChatTemplates), new Dictionary<string, string>(config.SpecialTokens));
    }

    private static IEnumerable<(string Command, JsonElement Expect)> Commands(JsonElement report)
    {
        IEnumerable<JsonElement> all = report.Get("more") is { } more ? more.EnumerateArray().Prepend(report) : [report];
        return all.Select(e => (e.Text("command"), e.GetProperty("expect")))
            .Where(c => RenderCommand().IsMatch(c.Item1) || (ChatCommand().IsMatch(c.Item1) && c.Item2.Get("prompt_ids") is not null));
    }

    private static IEnumerable<string> Folders()
    {
        string? reports = Shared.Folder is null ? null : Path.Combine(Shared.Folder, "reports");
        if (reports is null || !Directory.Exists(reports)) return [];
        return Directory.GetDirectories(reports)
            .Where(d => File.Exists(Path.Combine(d, "case.json")) && Commands(GoldenJson.Load(Path.Combine(d, "case.json"))).Any())
            .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal);
    }

    [GeneratedRegex("^(?:LC_ALL=\\S+ )?candor render (?<source>[^ ,]+(?<!\\.gguf)) (?<messages>\\S+)(?: --bos \"(?<bos>[^\"]*)\"| --eos \"(?<eos>[^\"]*)\"| --template (?<name>\\S+))*$")]
    private static partial System.Text.RegularExpressions.Regex RenderCommand();

    [GeneratedRegex(@"^the prompt ids of a chat with the messages of (?<messages>\S+)")]
    private static partial System.Text.RegularExpressions.Regex ChatCommand();
}
