using System.IO.Compression;
using System.Text.Json;

namespace Candor.Generator;

/// <summary>A story that another model wrote.</summary>
/// <param name="About">What it is about, as it was asked for.</param>
/// <param name="Text">The story.</param>
internal sealed record WrittenStory(string About, string Text)
{
    private const string Before = "about ", After = " for small children";

    /// <summary>The stories of a file of conversations, a line each, compressed with gzip where its name ends in .gz.</summary>
    public static WrittenStory[] Read(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream text = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(text);
        var stories = new List<WrittenStory>();
        while (reader.ReadLine() is { } line) stories.Add(Parse(line));
        return [.. stories];
    }

    private static WrittenStory Parse(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        string[] contents = [.. json.RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!)];
        string prompt = contents[0].TrimEnd('.').Replace(After, "", StringComparison.Ordinal);
        return new WrittenStory(prompt[(prompt.LastIndexOf(Before, StringComparison.Ordinal) + Before.Length)..], contents[1].ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal));
    }
}
