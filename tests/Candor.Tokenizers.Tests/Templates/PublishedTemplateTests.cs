using System.Text.Json;
using Candor.Tokenizers.Templates;
using Candor.Tokenizers.Tests.Golden;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>The chat templates of published models, on conversations of all kinds, against what transformers renders.</summary>
public class PublishedTemplateTests
{
    private const string File = "templates.json";

    public static TheoryData<string> Templates => Shared.Rows(Load()?.GetProperty("results").EnumerateObject().Select(p => p.Name) ?? []);

    public static TheoryData<string> Files => Shared.Rows(
        Folder is { } folder && Directory.Exists(folder) ? Directory.GetFiles(folder, "*.jinja").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal) : []);

    private static string? Folder => Shared.Folder is null ? null : Path.Combine(Shared.Folder, "data", "templates");

    [Theory]
    [MemberData(nameof(Templates))]
    public void Chats_come_out_as_in_transformers(string name)
    {
        (ChatTemplate template, JsonElement golden, TimeProvider clock, Dictionary<string, string> special) = Open(name);
        int count = 0;
        foreach ((JsonElement conversation, JsonElement result, string label) in Results(golden, name))
        {
            ChatTemplateRequest request = ChatTemplateRequest.FromJson(conversation) with { SpecialTokens = special, Clock = clock };
            Compare(result, label, () => template.Render(request));
            count++;
        }

        GoldenTable.Passed("templates", Path.GetFileNameWithoutExtension(name), "chats", count);
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Bare_renderings_come_out_as_in_jinja(string name)
    {
        (ChatTemplate template, JsonElement golden, TimeProvider clock, Dictionary<string, string> special) = Open(name);
        int count = 0;
        foreach ((JsonElement conversation, JsonElement result, string label) in Results(golden, name))
        {
            if (result.Get("bare") is not { } bare) continue;
            Dictionary<string, TemplateValue> variables = Rendering.Variables(conversation);
            foreach ((string key, string token) in special) variables[key] = TemplateValue.From(token);
            foreach (string absent in (string[])["tools", "documents"]) variables.TryAdd(absent, TemplateValue.None);
            Compare(bare, label, () => template.RenderBare(variables, null, clock).Text);
            count++;
        }

        if (count > 0) GoldenTable.Passed("templates", Path.GetFileNameWithoutExtension(name), "bare", count);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Published_templates_are_read_and_greet(string name)
    {
        ChatTemplate template = ChatTemplate.Parse(System.IO.File.ReadAllText(Shared.Require("data", "templates", name)), name);
        ChatTemplateRequest request = ChatTemplateRequest.Of([("user", "Is it so?"), ("assistant", "It is."), ("user", "Why?")]) with
        {
            Tools = TemplateValue.List([]),
            SpecialTokens = new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" },
        };
        string text = template.Render(request);
        Assert.InRange(text.IndexOf("It is.", StringComparison.Ordinal), text.IndexOf("Is it so?", StringComparison.Ordinal), text.IndexOf("Why?", StringComparison.Ordinal));
        Assert.Equal(text, template.Render(request));
        GoldenTable.Passed("templates", Path.GetFileNameWithoutExtension(name), "parse");
    }

    private static void Compare(JsonElement expected, string label, Func<string> render)
    {
        string text;
        try
        {
            text = render();
        }
        catch (TemplateException e)
        {
            Assert.True(expected.TryGetProperty("error", out JsonElement error), $"{label}: {e.PythonType} {e.Message} instead of a text");
            Assert.True(error.Text("type") == e.PythonType, $"{label}: {e.PythonType} {e.Message} instead of {error}");
            if (e.Kind == TemplateErrorKind.Raised) Assert.Equal(error.Text("message"), e.Reason);
            return;
        }

        Assert.False(expected.TryGetProperty("error", out JsonElement due), $"{label}: a text instead of {due}");
        Assert.True(expected.Text("text") == text, $"{label}: {text}\n--- instead of\n{expected.Text("text")}");
    }

    private static IEnumerable<(JsonElement Conversation, JsonElement Result, string Label)> Results(JsonElement golden, string name) =>
        golden.GetProperty("results").GetProperty(name).EnumerateObject().Select(r => (golden.GetProperty("conversations").GetProperty(r.Name), r.Value, $"{name} on {r.Name}"));

    private static (ChatTemplate Template, JsonElement Golden, TimeProvider Clock, Dictionary<string, string> Special) Open(string name)
    {
        if (name.Length == 0) Shared.RequireOracle("templates", File);
        JsonElement golden = Load()!.Value;
        string own = Path.Combine(Shared.Oracle!, "templates", name);
        string source = golden.Get("templates")?.Get(name)?.GetString() ?? System.IO.File.ReadAllText(System.IO.File.Exists(own) ? own : Shared.Require("data", "templates", name));
        var special = new Dictionary<string, string> { ["bos_token"] = golden.Text("bos_token"), ["eos_token"] = golden.Text("eos_token") };
        return (ChatTemplate.Parse(source, name), golden, Rendering.Clock(golden.Text("clock")), special);
    }

    private static JsonElement? Load()
    {
        string? path = Shared.Oracle is null ? null : Path.Combine(Shared.Oracle, "templates", File);
        return path is not null && System.IO.File.Exists(path) ? GoldenJson.Load(path) : null;
    }
}
