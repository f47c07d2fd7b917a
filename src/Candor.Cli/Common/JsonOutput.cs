using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Candor.Cli.Common;

/// <summary>JSON on stdout.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one object, indented.</summary>
    public static void Write(Action<Utf8JsonWriter> content) => Write(content, Indented);

    /// <summary>Writes one value on one line.</summary>
    public static void WriteLine(Action<Utf8JsonWriter> content) => Write(content, Line);

    /// <summary>A number where it is one; the words NaN, Infinity and -Infinity where not, since JSON has none.</summary>
    public static void WriteNumber(this Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value)) writer.WriteNumber(name, value);
        else writer.WriteString(name, value.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>A property that is a list of integers.</summary>
    public static void WriteIds(this Utf8JsonWriter writer, string name, IEnumerable<int> ids)
    {
        writer.WriteStartArray(name);
        foreach (int id in ids) writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }

    private static void Write(Action<Utf8JsonWriter> content, JsonWriterOptions options)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options)) content(writer);
        Console.Out.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }
}
