using System.Text.Json;
using Candor.Tokenizers.Templates;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>The template language, case by case, against Jinja in the environment of transformers.</summary>
public class LanguageGoldenTests
{
    private static readonly Lazy<JsonDocument?> File = new(() =>
        Shared.Oracle is { } oracle && System.IO.File.Exists(Path.Combine(oracle, "templates", "jinja-cases.json"))
            ? JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(oracle, "templates", "jinja-cases.json")))
            : null);

    public static TheoryData<string> Groups() => Shared.Rows(Cases().Select(c => c.GetProperty("group").GetString()!).Distinct());

    [Theory]
    [MemberData(nameof(Groups))]
    public void EveryCaseGivesTheReferencesTextOrError(string group)
    {
        Shared.RequireOracle("templates");
        FixedClock clock = FixedClock.Parse(File.Value!.RootElement.GetProperty("clock").GetString()!);
        var wrong = new List<string>();
        int right = 0;
        foreach (JsonElement test in Cases().Where(c => c.GetProperty("group").GetString() == group))
        {
            if (Judge(test, clock) is { } fault) wrong.Add($"{test.GetProperty("name")}: {fault}\n    {test.GetProperty("template")}");
            else right++;
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {wrong.Count + right} wrong:\n{string.Join('\n', wrong)}");
        GoldenTable.Passed("templates", "jinja", group, right);
    }

    private static IEnumerable<JsonElement> Cases() => File.Value?.RootElement.GetProperty("cases").EnumerateArray() ?? Enumerable.Empty<JsonElement>();

    private static string? Judge(JsonElement test, TimeProvider clock)
    {
        var variables = new Dictionary<string, TemplateValue>();
        foreach (JsonProperty variable in test.GetProperty("context").EnumerateObject()) variables[variable.Name] = TemplateValue.FromJson(variable.Value);
        try
        {
            ChatTemplateResult result = ChatTemplate.Parse(test.GetProperty("template").GetString()!).RenderBare(variables, null, clock);
            if (test.TryGetProperty("error", out JsonElement error)) return $"gave '{result.Text}' instead of {error}";
            string expected = test.GetProperty("expected").GetString()!;
            if (result.Text != expected) return $"gave '{result.Text}' instead of '{expected}'";
            if (!test.TryGetProperty("generation", out JsonElement spans)) return null;
            var wanted = spans.EnumerateArray().Select(s => new GenerationSpan(s[0].GetInt32(), s[1].GetInt32()));
            return wanted.SequenceEqual(result.Generations) ? null : $"marked {string.Join(' ', result.Generations)} instead of {spans}";
        }
        catch (TemplateException e)
        {
            if (!test.TryGetProperty("error", out JsonElement error)) return $"failed: {e.PythonType}: {e.Message}";
            var names = new List<string> { error.GetString()! };
            if (test.TryGetProperty("error_bases", out JsonElement bases)) names.AddRange(bases.EnumerateArray().Select(b => b.GetString()!));
            return names.Contains(e.PythonType) ? null : $"failed with {e.PythonType} ({e.Message}) instead of {error}";
        }
    }
}
