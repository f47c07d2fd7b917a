using System.Text;
using System.Text.Json;

namespace Candor.Training;

/// <summary>One entry of a data file.</summary>
/// <param name="Json">The object, or null where it is plain text.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Place">Where it stands, for messages.</param>
internal readonly record struct DataEntry(JsonElement? Json, string Text, string Place);

/// <summary>
/// Entries of files: an object a line in <c>.jsonl</c>, a list of objects in <c>.json</c>, a row in <c>.csv</c>, <c>.tsv</c> and
/// <c>.parquet</c>, paragraphs between blank lines in other files; a folder gives each of its <c>.txt</c> and <c>.md</c> files as one text, in ordinal order.
/// </summary>
internal static class DataFile
{
    /// <summary>The files that a name of a recipe stands for.</summary>
    /// <exception cref="TrainingException">There is nothing of that name.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new TrainingException($"{path}: there is no such file or folder");
        string[] found = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".txt" or ".md").Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new TrainingException($"{path}: the folder has no .txt or .md file");
    }

    /// <summary>The entries of a file or a folder.</summary>
    /// <exception cref="TrainingException">It is missing, or cannot be read.</exception>
    public static IEnumerable<DataEntry> Entries(string path)
    {
        if (Directory.Exists(path)) return Files(path).Select(f => new DataEntry(null, File.ReadAllText(f), f));
        Files(path);
        return Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".JSONL" => Lines(path),
            ".JSON" => List(path),
            ".CSV" => TableFile.Separated(path, ','),
            ".TSV" => TableFile.Separated(path, '\t'),
            ".PARQUET" => TableFile.Parquet(path),
            _ => Paragraphs(path),
        };
    }

    private static IEnumerable<DataEntry> Lines(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return new DataEntry(Parse(line, $"{path}, line {number}"), "", $"{path}, line {number}");
        }
    }

    private static IEnumerable<DataEntry> List(string path)
    {
        JsonElement list = Parse(File.ReadAllText(path), path);
        if (list.ValueKind != JsonValueKind.Array) throw new TrainingException($"{path}: a list of objects is expected; use .jsonl for an object a line");
        return list.EnumerateArray().Select((e, i) => new DataEntry(e, "", $"{path}, entry {i + 1}"));
    }

    private static IEnumerable<DataEntry> Paragraphs(string path)
    {
        var paragraph = new StringBuilder();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length > 0)
            {
                paragraph.Append(line).Append('\n');
            }
            else if (paragraph.Length > 0)
            {
                yield return new DataEntry(null, paragraph.ToString(), $"{path}, line {number}");
                paragraph.Clear();
            }
        }

        if (paragraph.Length > 0) yield return new DataEntry(null, paragraph.ToString(), $"{path}, line {number}");
    }

    private static JsonElement Parse(string text, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new TrainingException($"{place}: is no JSON: {e.Message}", e);
        }
    }
}
