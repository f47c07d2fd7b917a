using System.Text.Json;

namespace Candor.Cli.Common;

/// <summary>JSON values on stdin, one a line.</summary>
internal static class JsonLines
{
    /// <summary>The lines of stdin; blank ones are left out.</summary>
    public static IEnumerable<(int Number, string Line)> Read()
    {
        using var reader = new StreamReader(Console.OpenStandardInput(), new System.Text.UTF8Encoding(false));
        int number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Trim().Length > 0) yield return (number, line);
        }
    }

    /// <summary>A line that must be a JSON string.</summary>
    public static string ParseString((int Number, string Line) line)
    {
        using JsonDocument document = Parse(line);
        if (document.RootElement.ValueKind != JsonValueKind.String) throw Wrong(line.Number, "a JSON string");
        try
        {
            return document.RootElement.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(line.Number, "a JSON string of whole characters");
        }
    }

    /// <summary>A line that must be a JSON array of token ids.</summary>
    public static int[] ParseIds((int Number, string Line) line)
    {
        using JsonDocument document = Parse(line);
        if (document.RootElement.ValueKind != JsonValueKind.Array) throw Wrong(line.Number, "a JSON array of token ids");
        var ids = new List<int>();
        foreach (JsonElement element in document.RootElement.EnumerateArray())
            ids.Add(element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) ? id : throw Wrong(line.Number, "a JSON array of token ids"));
        return [.. ids];
    }

    /// <summary>A line as JSON.</summary>
    public static JsonDocument Parse((int Number, string Line) line)
    {
        try
        {
            return JsonDocument.Parse(line.Line, new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException e)
        {
            throw new CliException($"line {line.Number} of the input is not JSON: {e.Message}");
        }
    }

    private static CliException Wrong(int number, string expected) => new($"line {number} of the input is not {expected}");
}
