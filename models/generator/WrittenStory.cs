using System.Text.Json;

namespace Candor.Generator;

/// <summary>A story that another model wrote.</summary>
/// <param name="About">What it is about, as it was asked for.</param>
/// <param name="Text">The story.</param>
internal sealed record WrittenStory(string About, string Text)
{
    private const string Before = "about ", After = ". Use simple words.";

    /// <summary>The stories of a file of conversations.</summary>
    public static WrittenStory[] Read(string path) => [.. File.ReadLines(path).Select(Parse)];

    private static WrittenStory Parse(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        string[] contents = [.. json.RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!)];
        string prompt = contents[0].Replace(After, "", StringComparison.Ordinal);
        return new WrittenStory(prompt[(prompt.LastIndexOf(Before, StringComparison.Ordinal) + Before.Length)..], contents[1].ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal));
    }
}
