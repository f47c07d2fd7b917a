using System.Text.Json;
using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>Published chat templates over conversations of every kind, against transformers.</summary>
public class ChatGoldenTests
{
    private static readonly Lazy<JsonDocument?> File = new(() =>
        Shared.Oracle is { } oracle && System.IO.File.Exists(Path.Combine(oracle, "templates", "templates.json"))
            ? JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(oracle, "templates", "templates.json")))
            : null);

    public static TheoryData<string> Templates() =>
        Shared.Rows(File.Value?.RootElement.GetProperty("results").EnumerateObject().Select(t => t.Name) ?? []);

    [Theory]
    [MemberData(nameof(Templates))]
    public void EveryConversationGivesTheReferencesTextOrError(string name)
    {
        Shared.RequireOracle("templates");
        JsonElement root = File.Value!.RootElement;
        ChatTemplate template = ChatTemplate.Parse(System.IO.File.ReadAllText(Source(name)), name);
        var special = new Dictionary<string, string> { ["bos_token"] = root.GetProperty("bos_token").GetString()!, ["eos_token"] = root.GetProperty("eos_token").GetString()! };
        FixedClock clock = FixedClock.Parse(root.GetProperty("clock").GetString()!);
        var wrong = new List<string>();
        int right = 0, bare = 0;
        foreach (JsonProperty result in root.GetProperty("results").GetProperty(name).EnumerateObject())
        {
            JsonElement conversation = root.GetProperty("conversations").GetProperty(result.Name);
            string? fault = Judge(result.Value, () => template.Render(ChatTemplateRequest.FromJson(conversation) with { SpecialTokens = special, Clock = clock }));
            if (fault is null) right++;
            else wrong.Add($"{result.Name}: {fault}");
            if (!result.Value.TryGetProperty("bare", out JsonElement untouched)) continue;
            fault = Judge(untouched, () => template.RenderBare(Bare(conversation, special), null, clock).Text);
            if (fault is null) bare++;
            else wrong.Add($"{result.Name}, bare: {fault}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join('\n', wrong)}");
        GoldenTable.Passed("templates", name, "chat", right);
        if (bare > 0) GoldenTable.Passed("templates", name, "bare", bare);
    }

    private static string Source(string name)
    {
        // A pack may bring templates of its own.
        string own = Path.Combine(Shared.Oracle!, "templates", name);
        return System.IO.File.Exists(own) ? own : Shared.Require("data", "templates", name);
    }

    /// <summary>The arguments as they are, with what every template is given.</summary>
    private static Dictionary<string, TemplateValue> Bare(JsonElement conversation, Dictionary<string, string> special)
    {
        var variables = special.ToDictionary(t => t.Key, t => TemplateValue.From(t.Value));
        variables["tools"] = variables["documents"] = TemplateValue.None;
        variables["add_generation_prompt"] = TemplateValue.From(false);
        foreach (JsonProperty argument in conversation.EnumerateObject()) variables[argument.Name] = TemplateValue.FromJson(argument.Value);
        return variables;
    }

    private static string? Judge(JsonElement expected, Func<string> render)
    {
        try
        {
            string text = render();
            if (expected.TryGetProperty("error", out JsonElement error)) return $"gave '{text}' instead of {error}";
            string wanted = expected.GetProperty("text").GetString()!;
            return text == wanted ? null : $"gave '{text}'\n  instead of '{wanted}'";
        }
        catch (TemplateException e)
        {
            if (!expected.TryGetProperty("error", out JsonElement error)) return $"failed: {e.PythonType}: {e.Message}";
            string type = error.GetProperty("type").GetString()!, message = error.GetProperty("message").GetString()!;
            if (e.PythonType != type) return $"failed with {e.PythonType} ({e.Message}) instead of {error}";
            // The template's own words are for the user and must be the same.
            return type != "TemplateError" || e.Reason == message ? null : $"said '{e.Reason}' instead of '{message}'";
        }
    }
}
