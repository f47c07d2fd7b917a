using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace Candor.Formats;

/// <summary>
/// A JSON object out of <c>config.json</c> or one of its relatives. A key that is absent and a key that is null are the
/// same thing. The <c>TryGet…</c> methods return false for such a key, and throw a <see cref="ModelFormatException"/>
/// that names file and key where the value is of another kind or does not fit; the <c>Get…</c> methods throw also where
/// the key is absent, unless they are given a default. NaN, Infinity and -Infinity are understood as Python writes them.
/// Immutable and thread-safe.
/// </summary>
public sealed class ConfigJson
{
    /// <summary>The most bytes that a file may have by default: 16 MB.</summary>
    public const int DefaultLimit = 16 << 20;

    private const int DepthLimit = 64;

    private ConfigJson(string file, string where, JsonElement element) => (File, Where, Element) = (file, where, element);

    /// <summary>The file that it came from.</summary>
    public string File { get; }

    /// <summary>Where in the file this object lies, such as <c>rope_scaling</c>; empty for the whole.</summary>
    public string Where { get; }

    /// <summary>The object itself; its strings are valid and its keys occur once each.</summary>
    public JsonElement Element { get; }

    /// <summary>The keys that have a value other than null, in order.</summary>
    public IEnumerable<string> Keys =>
        Element.EnumerateObject().Where(p => p.Value.ValueKind is not JsonValueKind.Null).Select(p => p.Name);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <exception cref="ModelFormatException">It is missing, too long, or not a JSON object.</exception>
    public static ConfigJson Read(string path, int limit = DefaultLimit) => Parse(ModelFile.ReadAll(path, limit), path);

    /// <summary>Reads a file that holds a list of objects, such as <c>modules.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFormatException">It is missing, too long, or not a JSON list of objects.</exception>
    public static IReadOnlyList<ConfigJson> ReadList(string path)
    {
        JsonElement root = ParseElement(ModelFile.ReadAll(path, DefaultLimit), path);
        if (root.ValueKind is not JsonValueKind.Array) throw new ModelFormatException(path, "", $"is {Kind(root)}, a list is expected");
        return [.. root.EnumerateArray().Select((e, i) => e.ValueKind is JsonValueKind.Object
            ? new ConfigJson(path, $"[{i}]", e)
            : throw new ModelFormatException(path, $"[{i}]", $"is {Kind(e)}, an object is expected"))];
    }

    /// <summary>Reads text.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="file">What messages call it.</param>
    /// <exception cref="ModelFormatException">It is not a JSON object.</exception>
    public static ConfigJson Parse(ReadOnlyMemory<byte> utf8, string file)
    {
        JsonElement root = ParseElement(utf8, file);
        return root.ValueKind is JsonValueKind.Object
            ? new ConfigJson(file, "", root)
            : throw new ModelFormatException(file, "", $"is {Kind(root)}, an object is expected");
    }

    /// <summary>Whether a key is there and is not null.</summary>
    public bool Has(string key) => Find(key, out _);

    /// <summary>An integer of 32 bits; a number such as 5.0 is one.</summary>
    public bool TryGetInt(string key, out int value)
    {
        value = 0;
        return Find(key, out JsonElement e) && (IsInt(e, out value) || Throw(key, e, "an integer of 32 bits"));
    }

    /// <summary>An integer of 64 bits; a number such as 5.0 is one.</summary>
    public bool TryGetLong(string key, out long value)
    {
        value = 0;
        return Find(key, out JsonElement e) && (IsLong(e, out value) || Throw(key, e, "an integer of 64 bits"));
    }

    /// <summary>A number, which may be NaN or infinite.</summary>
    public bool TryGetDouble(string key, out double value)
    {
        value = 0;
        return Find(key, out JsonElement e) && (IsDouble(e, out value) || Throw(key, e, "a number"));
    }

    /// <summary>A number rounded to single precision, which may be NaN or infinite.</summary>
    public bool TryGetFloat(string key, out float value)
    {
        bool found = TryGetDouble(key, out double wide);
        value = (float)wide;
        return found;
    }

    /// <summary>True or false.</summary>
    public bool TryGetBool(string key, out bool value)
    {
        value = false;
        if (!Find(key, out JsonElement e)) return false;
        value = e.ValueKind is JsonValueKind.True;
        return e.ValueKind is JsonValueKind.True or JsonValueKind.False || Throw(key, e, "true or false");
    }

    /// <summary>A string.</summary>
    public bool TryGetString(string key, [NotNullWhen(true)] out string? value)
    {
        value = null;
        if (!Find(key, out JsonElement e)) return false;
        if (e.ValueKind is not JsonValueKind.String) Throw(key, e, "a string");
        value = e.GetString()!;
        return true;
    }

    /// <summary>An object.</summary>
    public bool TryGetObject(string key, [NotNullWhen(true)] out ConfigJson? value)
    {
        value = null;
        if (!Find(key, out JsonElement e)) return false;
        if (e.ValueKind is not JsonValueKind.Object) Throw(key, e, "an object");
        value = new ConfigJson(File, Inner(key), e);
        return true;
    }

    /// <summary>A list of integers of 32 bits.</summary>
    public bool TryGetInts(string key, out int[] values) => TryGetList(key, "an integer of 32 bits", IsInt, out values);

    /// <summary>One integer of 32 bits, or a list of them (as <c>eos_token_id</c> is spelt).</summary>
    public bool TryGetIntOrInts(string key, out int[] values)
    {
        values = [];
        if (!Find(key, out JsonElement e)) return false;
        if (e.ValueKind is JsonValueKind.Array) return TryGetInts(key, out values);
        TryGetInt(key, out int one);
        values = [one];
        return true;
    }

    /// <summary>A list of numbers, which may be NaN or infinite.</summary>
    public bool TryGetDoubles(string key, out double[] values) => TryGetList(key, "a number", IsDouble, out values);

    /// <summary>A list of true and false.</summary>
    public bool TryGetBools(string key, out bool[] values) => TryGetList(key, "true or false", IsBool, out values);

    /// <summary>A list of strings.</summary>
    public bool TryGetStrings(string key, out string[] values) => TryGetList(key, "a string", IsString, out values);

    /// <summary>A list of objects.</summary>
    public bool TryGetObjects(string key, out ConfigJson[] values)
    {
        if (!TryGetList(key, "an object", IsObject, out JsonElement[] elements))
        {
            values = [];
            return false;
        }

        values = [.. elements.Select((e, i) => new ConfigJson(File, $"{Inner(key)}[{i}]", e))];
        return true;
    }

    /// <summary>An integer of 32 bits that must be there.</summary>
    public int GetInt(string key) => TryGetInt(key, out int value) ? value : throw Missing(key);

    /// <summary>An integer of 32 bits, or a default where it is absent.</summary>
    public int GetInt(string key, int fallback) => TryGetInt(key, out int value) ? value : fallback;

    /// <summary>A number that must be there.</summary>
    public double GetDouble(string key) => TryGetDouble(key, out double value) ? value : throw Missing(key);

    /// <summary>A number, or a default where it is absent.</summary>
    public double GetDouble(string key, double fallback) => TryGetDouble(key, out double value) ? value : fallback;

    /// <summary>A number rounded to single precision that must be there.</summary>
    public float GetFloat(string key) => TryGetFloat(key, out float value) ? value : throw Missing(key);

    /// <summary>A number rounded to single precision, or a default where it is absent.</summary>
    public float GetFloat(string key, float fallback) => TryGetFloat(key, out float value) ? value : fallback;

    /// <summary>True or false, which must be there.</summary>
    public bool GetBool(string key) => TryGetBool(key, out bool value) ? value : throw Missing(key);

    /// <summary>True or false, or a default where it is absent.</summary>
    public bool GetBool(string key, bool fallback) => TryGetBool(key, out bool value) ? value : fallback;

    /// <summary>A string that must be there.</summary>
    public string GetString(string key) => TryGetString(key, out string? value) ? value : throw Missing(key);

    /// <summary>A string, or a default where it is absent.</summary>
    [return: NotNullIfNotNull(nameof(fallback))]
    public string? GetString(string key, string? fallback) => TryGetString(key, out string? value) ? value : fallback;

    /// <summary>An object that must be there.</summary>
    public ConfigJson GetObject(string key) => TryGetObject(key, out ConfigJson? value) ? value : throw Missing(key);

    /// <summary>The fault of a key's value, to be thrown by whoever finds that it makes no sense.</summary>
    /// <param name="key">The key, in this object.</param>
    /// <param name="problem">What was found and what was expected.</param>
    public ModelFormatException Fault(string key, string problem) => new(File, Inner(key), problem);

    private static JsonElement ParseElement(ReadOnlyMemory<byte> utf8, string file)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8.Span)) throw new ModelFormatException(file, "", "is not UTF-8");
        int start = utf8.Span.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0 || utf8.Span[start] is not ((byte)'{' or (byte)'['))
            throw new ModelFormatException(file, "", $"{(start < 0 ? "holds nothing" : $"begins with byte 0x{utf8.Span[start]:X2}")}, a JSON object is expected");
        ReadOnlyMemory<byte> json = NonFiniteJson.Replace(utf8);
        try
        {
            CheckStrings(json.Span, file);
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthLimit, AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            string place = e.LineNumber is { } line ? $"line {line + 1}" : "";
            int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            throw new ModelFormatException(file, place, "is not valid JSON: " + (end < 0 ? e.Message : e.Message[..end]), e);
        }
    }

    private static bool IsLong(JsonElement e, out long value)
    {
        value = 0;
        if (e.ValueKind is not JsonValueKind.Number) return false;
        if (e.TryGetInt64(out value)) return true;
        if (!e.TryGetDouble(out double number) || number != Math.Floor(number) || Math.Abs(number) > 1L << 53) return false;
        value = (long)number;
        return true;
    }

    private static bool IsInt(JsonElement e, out int value)
    {
        bool fits = IsLong(e, out long wide) && wide == (int)wide;
        value = fits ? (int)wide : 0;
        return fits;
    }

    private static bool IsDouble(JsonElement e, out double value)
    {
        value = 0;
        if (e.ValueKind is JsonValueKind.Number) return e.TryGetDouble(out value);
        return e.ValueKind is JsonValueKind.Object && e.TryGetProperty(NonFiniteJson.Key, out JsonElement word)
            && word.ValueKind is JsonValueKind.String && NonFiniteJson.TryParse(word.GetString(), out value);
    }

    private static bool IsBool(JsonElement e, out bool value)
    {
        value = e.ValueKind is JsonValueKind.True;
        return e.ValueKind is JsonValueKind.True or JsonValueKind.False;
    }

    private static bool IsString(JsonElement e, out string value)
    {
        value = e.ValueKind is JsonValueKind.String ? e.GetString()! : "";
        return e.ValueKind is JsonValueKind.String;
    }

    private static bool IsObject(JsonElement e, out JsonElement value)
    {
        value = e;
        return e.ValueKind is JsonValueKind.Object;
    }

    /// <summary>Refuses strings that name half a surrogate pair: they cannot be decoded later.</summary>
    private static void CheckStrings(ReadOnlySpan<byte> json, string file)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthLimit });
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw new ModelFormatException(file, "", $"holds a string that is not Unicode text at byte {reader.TokenStartIndex}", e);
        }
    }

    private static string Kind(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"a list of {e.GetArrayLength()}",
        JsonValueKind.String => "the string " + ModelFile.Quote(e.GetString()!),
        JsonValueKind.Number => e.GetRawText() is { Length: < 40 } text ? text : "a long number",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    private bool TryGetList<T>(string key, string expected, Reader<T> read, out T[] values)
    {
        values = [];
        if (!Find(key, out JsonElement e)) return false;
        if (e.ValueKind is not JsonValueKind.Array) Throw(key, e, "a list");
        var list = new T[e.GetArrayLength()];
        int i = 0;
        foreach (JsonElement element in e.EnumerateArray())
        {
            if (!read(element, out list[i])) Throw($"{key}[{i}]", element, expected);
            i++;
        }

        values = list;
        return true;
    }

    private bool Find(string key, out JsonElement element) =>
        Element.TryGetProperty(key, out element) && element.ValueKind is not JsonValueKind.Null;

    private string Inner(string key) => Where.Length == 0 ? key : $"{Where}.{key}";

    private ModelFormatException Missing(string key) => Fault(key, "this key is missing");

    [DoesNotReturn]
    private bool Throw(string key, JsonElement found, string expected) => throw Fault(key, $"is {Kind(found)}, {expected} is expected");

    private delegate bool Reader<T>(JsonElement element, out T value);
}
