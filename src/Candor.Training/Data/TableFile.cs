using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using Parquet;

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

            yield return new DataEntry(RecordShape.Element(row), "", $"{path}, row {number}");
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
        ParquetReader reader = Wait(path, () => ParquetReader.CreateAsync(path));
        try
        {
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                int index = group;
                foreach (JsonObject row in Wait(path, () => ParquetRows.Read(reader, index))) yield return new DataEntry(RecordShape.Element(row), "", $"{path}, row {++number}");
            }
        }
        finally
        {
            Task.Run(async () => await reader.DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();
        }
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

    internal static JsonNode? Cell(string text)
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
}
