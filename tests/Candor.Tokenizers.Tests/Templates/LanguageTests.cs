using System.Text.Json;
using Candor.Tokenizers.Templates;
using Candor.Tokenizers.Tests.Golden;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>The language, case by case, as Jinja 3.1 itself renders it in the environment of transformers.</summary>
public class LanguageTests
{
    private const string File = "jinja-cases.json";

    public static TheoryData<string> Groups => Shared.Rows(Load()?.GetProperty("cases").EnumerateArray().Select(c => c.Text("group")).Distinct() ?? []);

    [Theory]
    [MemberData(nameof(Groups))]
    public void Cases_come_out_as_in_jinja(string group)
    {
        if (group.Length == 0) Shared.RequireOracle("templates", File);
        JsonElement golden = Load()!.Value;
        TimeProvider clock = Rendering.Clock(golden.Text("clock"));
        var wrong = new List<string>();
        int count = 0;
        foreach (JsonElement sample in golden.GetProperty("cases").EnumerateArray().Where(c => c.Text("group") == group))
        {
            if (Difference(sample, clock) is { } difference) wrong.Add($"{sample.Text("name")}: {sample.Text("template")}\n    {difference}");
            count++;
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        GoldenTable.Passed("templates", "language", group, count);
    }

    private static string? Difference(JsonElement sample, TimeProvider clock)
    {
        ChatTemplateResult result;
        try
        {
            result = ChatTemplate.Parse(sample.Text("template")).RenderBare(Rendering.Variables(sample.GetProperty("context")), null, clock);
        }
        catch (TemplateException e)
        {
            if (sample.Get("error")?.GetString() is not { } error) return $"{e.PythonType}: {e.Message} instead of a text";
            if (e.PythonType != error && !sample.GetProperty("error_bases").Strings().Contains(e.PythonType)) return $"{e.PythonType}: {e.Message} instead of {error}";
            return error == "TemplateError" && e.Reason != sample.Text("message") ? $"'{e.Reason}' instead of '{sample.Text("message")}'" : null;
        }

        if (sample.Get("error") is { } due) return $"'{result.Text}' instead of {due}: {sample.Get("message")}";
        if (result.Text != sample.Text("expected")) return $"'{result.Text}' instead of '{sample.Text("expected")}'";
        int[][] spans = [.. sample.Get("generation")?.EnumerateArray().Select(s => s.Ints()) ?? []];
        return spans.SelectMany(s => s).SequenceEqual(GoldenJson.Flat(result.Generations.Select(g => (g.Begin, g.End)))) ? null : "other spans of generation";
    }

    private static JsonElement? Load()
    {
        string? path = Shared.Oracle is null ? null : Path.Combine(Shared.Oracle, "templates", File);
        return path is not null && System.IO.File.Exists(path) ? GoldenJson.Load(path) : null;
    }
}
