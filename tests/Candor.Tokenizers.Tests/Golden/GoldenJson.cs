using System.Text.Json;

namespace Candor.Tokenizers.Tests.Golden;

/// <summary>Short ways to values of golden files.</summary>
internal static class GoldenJson
{
    public static JsonElement Load(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    public static JsonElement? Get(this JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value : null;

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static int[] Ints(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetInt32())];

    public static string[] Strings(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetString()!)];

    public static int[] Flat(IEnumerable<(int Begin, int End)> offsets) => [.. offsets.SelectMany(o => new[] { o.Begin, o.End })];
}
