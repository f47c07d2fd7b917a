using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using Parquet;
using Parquet.Serialization;

namespace Candor.Training;

/// <summary>
/// Rows of tables as the JSON objects that they stand for: CSV and TSV with a line of names, and Parquet with nested columns. A cell
/// that holds JSON of a list or an object, such as <c>messages</c> in a CSV file, is read as such.
/// </summary>
internal static class TableFile
{
    /// <summary>Rows of a file with separated values (RFC 4180).</summary>
    /// <exception cref="TrainingException">A line cannot be read, or has another number of cells than the first.</exception>
    public static IEnumerable<DataEntry> Separated(string path, char separator)
    {
        // A mark inside a cell that does not begin with one is text, as other readers have it; one that is never closed would swallow the rest.
        void Refuse(CsvMalformedRecord bad)
        {
            if (bad.Reason is not CsvMalformedReason.StrayQuote) throw new TrainingException($"{path}, row {bad.RecordNumber - 1}: cannot be read: {Words(bad.Reason)}");
        }

        var options = new CsvReaderOptions { Separator = separator, MalformedData = CsvMalformedDataHandling.Recover, OnMalformedRecord = Refuse, FieldCountMismatch = CsvFieldCountHandling.Throw, DetectSeparatorHint = false };
        using CsvReader reader = CsvReader.FromFile(path, options);
        for (int number = 1; Next(reader, path, number); number++)
        {
            var row = new JsonObject();
            for (int i = 0; i < reader.FieldCount; i++)
            {
                (string name, string cell) = (reader.Headers[i], reader.GetString(i));
                row[name] = name == "label" && bool.TryParse(cell, out bool label) ? label : Cell(cell);
            }

            yield return new DataEntry(Element(row), "", $"{path}, row {number}");
        }
    }

    private static string Words(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.TextAfterClosingQuote => "text follows a closing quotation mark",
        CsvMalformedReason.UnterminatedQuote => "a quotation mark is never closed",
        CsvMalformedReason.FieldCountMismatch => "it has another number of cells than the first line names",
        _ => reason.ToString(),
    };

    private static bool Next(CsvReader reader, string path, int number)
    {
        try
        {
            return reader.Read();
        }
        catch (Exception e) when (e is CsvFormatException or CsvValidationException or System.Text.DecoderFallbackException or InvalidOperationException)
        {
            throw new TrainingException($"{path}, row {number}: {e.Message}", e);
        }
    }

    /// <summary>Rows of a Parquet file; one group of rows is in memory at a time.</summary>
    /// <exception cref="TrainingException">It cannot be read.</exception>
    public static IEnumerable<DataEntry> Parquet(string path)
    {
        int number = 0;
        for (int group = 0, groups = Wait(path, () => Groups(path)); group < groups; group++)
        {
            int index = group;
            foreach (Dictionary<string, object> row in Wait(path, () => Rows(path, index)))
                yield return new DataEntry(Element(Node(row, path)!), "", $"{path}, row {++number}");
        }
    }

    private static async Task<int> Groups(string path)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(path).ConfigureAwait(false);
        return reader.RowGroupCount;
    }

    private static async Task<IEnumerable<Dictionary<string, object>>> Rows(string path, int group)
    {
        await using FileStream stream = File.OpenRead(path);
        return (await ParquetSerializer.DeserializeUntypedAsync(stream, rowGroupIndex: group).ConfigureAwait(false)).Data;
    }

    private static T Wait<T>(string path, Func<Task<T>> read)
    {
        try
        {
            return Task.Run(read).GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // A damaged file may make the library throw anything.
        catch (Exception e) when (e is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            throw new TrainingException($"{path}: is no Parquet file that can be read: {e.Message}", e);
        }
    }

    private static JsonNode? Node(object? value, string path) => value switch
    {
        null => null,
        string text => Cell(text),
        bool flag => flag,
        int or long or short or byte or sbyte or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        float or double or decimal => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        byte[] bytes => Cell(System.Text.Encoding.UTF8.GetString(bytes)),
        System.Collections.IDictionary map => Members(map, path),
        System.Collections.IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(e => Node(e, path))]),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new TrainingException($"{path}: a column has values of type {value.GetType().Name}; texts, numbers, lists and groups can be read"),
    };

    private static JsonObject Members(System.Collections.IDictionary map, string path)
    {
        var members = new JsonObject();
        foreach (System.Collections.DictionaryEntry member in map) members[Convert.ToString(member.Key, CultureInfo.InvariantCulture)!] = Node(member.Value, path);
        return members;
    }

    private static JsonNode? Cell(string text)
    {
        if (text.AsSpan().TrimStart() is not ['[' or '{', ..]) return text;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static JsonElement Element(JsonNode node)
    {
        using JsonDocument document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }
}
