using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>Reads and checks the JSON header of a safetensors file without making a tree of it.</summary>
internal sealed class SafetensorsHeader
{
    private const string MetadataKey = "__metadata__";
    private const int DepthLimit = 8;
    private const int RankLimit = 64;
    private readonly string path;
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private string where = "header";

    /// <summary>Parses and checks a header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header's bytes; spaces may follow it.</param>
    /// <param name="dataBytes">Bytes of the file after the header.</param>
    /// <exception cref="ModelFormatException">It is not a valid header for so much data.</exception>
    public SafetensorsHeader(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        this.path = path;
        if (json.IsEmpty || json[0] != (byte)'{') throw Fault($"begins with {(json.IsEmpty ? "nothing" : $"byte 0x{json[0]:X2}")}, {{ is expected");
        if (!Utf8.IsValid(json)) throw Fault("is not UTF-8");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthLimit });
        try
        {
            Read(ref reader);
        }
        catch (JsonException e)
        {
            throw Fault($"is not valid JSON at byte {8 + reader.TokenStartIndex} of the file: {Reason(e)}", e);
        }
        catch (InvalidOperationException e)
        {
            // Strings with half a surrogate pair, and tokens of another kind than expected, come out this way.
            throw Fault($"holds an unexpected value at byte {8 + reader.TokenStartIndex} of the file", e);
        }

        RefuseGaps(dataBytes);
    }

    /// <summary>The tensors in the header's order.</summary>
    public List<Entry> Entries { get; } = [];

    /// <summary>The strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    private void Read(ref Utf8JsonReader reader)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            where = name;
            if (!names.Add(name)) throw Fault("this name occurs twice");
            reader.Read();
            if (name == MetadataKey) ReadMetadata(ref reader);
            else Entries.Add(ReadEntry(ref reader, name));
            where = "header";
        }

        // Only white space may follow; anything else makes the reader throw.
        while (reader.Read()) throw Fault("has text after its end");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.Null) return;
        if (reader.TokenType is not JsonTokenType.StartObject) throw Fault("an object of strings is expected");
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType is not JsonTokenType.String) throw Fault($"the value of {ModelFile.Quote(key)} is {reader.TokenType}, a string is expected");
            if (!metadata.TryAdd(key, reader.GetString()!)) throw Fault($"the key {ModelFile.Quote(key)} occurs twice");
        }
    }

    private Entry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (name.Length == 0) throw Fault("a tensor has an empty name");
        if (reader.TokenType is not JsonTokenType.StartObject) throw Fault($"is {reader.TokenType}, an object is expected");
        ElementType? type = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                reader.Read();
                if (type is not null) throw Fault("dtype occurs twice");
                if (reader.TokenType is not JsonTokenType.String) throw Fault($"dtype is {reader.TokenType}, a string is expected");
                string text = reader.GetString()!;
                if (!SafetensorsTypes.TryParse(text, out ElementType known)) throw Fault($"dtype {ModelFile.Quote(text)} is unknown");
                type = known;
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                if (shape is not null) throw Fault("shape occurs twice");
                shape = ReadIntegers(ref reader, "shape", RankLimit);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                if (offsets is not null) throw Fault("data_offsets occurs twice");
                offsets = ReadIntegers(ref reader, "data_offsets", 2);
                if (offsets.Length != 2) throw Fault($"data_offsets has {offsets.Length} numbers, 2 are expected");
            }
            else
            {
                reader.Skip();
            }
        }

        if (type is null || shape is null || offsets is null)
            throw Fault($"{(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")} is missing");
        if (offsets[1] < offsets[0]) throw Fault($"data_offsets {TensorShape.Text(offsets)} end before they begin");
        if (!TensorShape.TryCount(shape, out long elements) || !SafetensorsTypes.TryBytes(type.Value, elements, out long bytes))
            throw Fault($"shape {TensorShape.Text(shape)} of {type.Value.Name()} has too large a product, or does not fill whole bytes");
        if (bytes != offsets[1] - offsets[0])
            throw Fault($"data_offsets {TensorShape.Text(offsets)} span {offsets[1] - offsets[0]} bytes, shape {TensorShape.Text(shape)} of {type.Value.Name()} needs {bytes}");
        return new Entry(name, type.Value, [.. shape], offsets[0], offsets[1]);
    }

    private long[] ReadIntegers(ref Utf8JsonReader reader, string what, int limit)
    {
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartArray) throw Fault($"{what} is {reader.TokenType}, an array is expected");
        Span<long> numbers = stackalloc long[RankLimit];
        int count = 0;
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            if (count == limit) throw Fault($"{what} has more than {limit} numbers");
            if (reader.TokenType is not JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw Fault($"{what} holds what is not an integer of 0 to 2^63-1");
            numbers[count++] = number;
        }

        return numbers[..count].ToArray();
    }

    /// <summary>Tensors fill the data from its first byte to its last: no holes, no overlaps.</summary>
    private void RefuseGaps(long dataBytes)
    {
        long at = 0;
        foreach (Entry e in Entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            where = e.Name;
            if (e.Begin != at) throw Fault($"data_offsets begin at {e.Begin}, {at} is expected: tensors {(e.Begin < at ? "overlap" : "leave a hole")}");
            if (e.End > dataBytes) throw Fault($"data_offsets end at {e.End}, but the file has {dataBytes} bytes of data");
            at = e.End;
        }

        where = "header";
        if (at != dataBytes) throw Fault($"the tensors have {at} bytes, but the file has {dataBytes} bytes of data");
    }

    private static string Reason(JsonException e)
    {
        int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }

    private ModelFormatException Fault(string problem, Exception? inner = null) => new(path, where, problem, inner);

    /// <summary>A tensor as the header describes it; offsets are from the end of the header.</summary>
    internal readonly record struct Entry(string Name, ElementType Type, ImmutableArray<long> Shape, long Begin, long End);
}
