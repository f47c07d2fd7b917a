using System.Text.Json;

namespace Candor.Tokenizers.Json;

/// <summary>A value in a JSON file that knows where it stands, so that every complaint can say so.</summary>
internal readonly struct JsonField
{
    /// <summary>Longest stretch of a found value that a message shows.</summary>
    private const int ShownLength = 40;

    private readonly string _parent;
    private readonly string? _name;
    private readonly int _index;

    /// <summary>The whole of a file.</summary>
    public JsonField(JsonElement element, string source)
        : this(element, source, "", "", 0)
    {
    }

    private JsonField(JsonElement element, string source, string parent, string? name, int index)
    {
        (Element, Source) = (element, source);
        (_parent, _name, _index) = (parent, name, index);
    }

    /// <summary>The value.</summary>
    public JsonElement Element { get; }

    /// <summary>The file.</summary>
    public string Source { get; }

    /// <summary>Where in the file; empty for the whole. Put together only when asked for: a vocabulary has many entries.</summary>
    public string Path
    {
        get
        {
            if (_name is null) return $"{_parent}[{_index}]";
            string name = (_name.Length > ShownLength ? _name[..ShownLength] + "…" : _name).ReplaceLineEndings(" ");
            return _parent.Length == 0 ? name : $"{_parent}.{name}";
        }
    }

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => Element.ValueKind == JsonValueKind.Object;

    /// <summary>Whether it is a list.</summary>
    public bool IsArray => Element.ValueKind == JsonValueKind.Array;

    /// <summary>Whether it is a string.</summary>
    public bool IsString => Element.ValueKind == JsonValueKind.String;

    /// <summary>Parses a whole file.</summary>
    /// <exception cref="TokenizerFormatException">It is not JSON, or too deep.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, string source)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!System.Text.Unicode.Utf8.IsValid(utf8.Span)) throw new TokenizerFormatException(source, "", "not valid UTF-8");
        try
        {
            CheckNames(utf8.Span, source);
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 64, AllowTrailingCommas = false, CommentHandling = JsonCommentHandling.Disallow });
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException(source, "", $"not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine}", e);
        }
    }

    /// <summary>Refuses names that hold half a surrogate pair: they are no text, and looking any name up would fail on them.</summary>
    private static void CheckNames(ReadOnlySpan<byte> utf8, string source)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 64 });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueIsEscaped) continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException e)
            {
                throw new TokenizerFormatException(source, "", $"a name at byte {reader.TokenStartIndex} holds half a surrogate pair", e);
            }
        }
    }

    /// <summary>A member of an object, or null where it is missing or null.</summary>
    public JsonField? Member(string name)
    {
        if (!IsObject) throw Expected("an object");
        return Element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Child(value, name) : null;
    }

    /// <summary>A member of an object that must be there.</summary>
    public JsonField Required(string name) => Member(name) ?? throw Child(default, name).Fail("missing");

    /// <summary>The members of an object.</summary>
    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (!IsObject) throw Expected("an object");
        string path = Path;
        foreach (JsonProperty property in Element.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException e)
            {
                throw new TokenizerFormatException(Source, path, "a name is not valid Unicode", e);
            }

            yield return (name, new JsonField(property.Value, Source, path, name, 0));
        }
    }

    /// <summary>The elements of a list.</summary>
    public IEnumerable<JsonField> Items()
    {
        if (!IsArray) throw Expected("a list");
        string path = Path;
        int index = 0;
        foreach (JsonElement item in Element.EnumerateArray()) yield return new JsonField(item, Source, path, null, index++);
    }

    /// <summary>The value as a string.</summary>
    public string Text()
    {
        if (!IsString) throw Expected("a string");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFormatException(Source, Path, "the string is not valid Unicode", e);
        }
    }

    /// <summary>The value as a string of one character.</summary>
    public int Character()
    {
        int[] points = Candor.Tokenizers.Text.CodePoints.From(Text());
        return points.Length == 1 ? points[0] : throw Expected("one character");
    }

    /// <summary>The value as a whole number in a range.</summary>
    public int Whole(int min = 0, int max = int.MaxValue - 1)
    {
        if (Element.ValueKind == JsonValueKind.Number)
        {
            if (Element.TryGetInt32(out int value) && value >= min && value <= max) return value;
            if (Element.TryGetDouble(out double real) && real == Math.Floor(real) && real >= min && real <= max) return (int)real;
        }

        throw Expected($"a whole number from {min} to {max}");
    }

    /// <summary>The value as a finite number.</summary>
    public double Real() => Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out double value) && double.IsFinite(value)
        ? value : throw Expected("a number");

    /// <summary>The value as a truth value.</summary>
    public bool Truth() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Expected("true or false"),
    };

    /// <summary>A truth value that may be missing.</summary>
    public bool Truth(string name, bool missing) => Member(name)?.Truth() ?? missing;

    /// <summary>A string that may be missing.</summary>
    public string Text(string name, string missing) => Member(name)?.Text() ?? missing;

    /// <summary>A complaint about this value.</summary>
    public TokenizerFormatException Fail(string problem) => new(Source, Path, problem);

    /// <summary>A complaint that this value is not what it should be.</summary>
    public TokenizerFormatException Expected(string what)
    {
        string found = Element.ValueKind == JsonValueKind.Undefined ? "nothing" : Element.GetRawText().ReplaceLineEndings(" ");
        if (found.Length > ShownLength) found = found[..ShownLength] + "…";
        return Fail($"found {found}, expected {what}");
    }

    private JsonField Child(JsonElement value, string name) => new(value, Source, Path, name, 0);
}
