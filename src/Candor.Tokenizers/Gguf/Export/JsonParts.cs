using System.Text.Json;

namespace Candor.Tokenizers.Gguf;

/// <summary>Where a tokenizer of the SentencePiece kind puts a space that the text does not have.</summary>
internal enum SpacePrefix
{
    /// <summary>Before the text and before each stretch after a special token.</summary>
    EveryStretch,

    /// <summary>Before the text only.</summary>
    FirstStretch,

    /// <summary>Nowhere.</summary>
    None,
}

/// <summary>Parts that several kinds of <c>tokenizer.json</c> share.</summary>
internal static class JsonParts
{
    /// <summary>An object <c>{"type": type}</c> with more in it.</summary>
    public static void Typed(Utf8JsonWriter w, string? name, string type, Action? members = null)
    {
        if (name is null) w.WriteStartObject();
        else w.WriteStartObject(name);
        w.WriteString("type", type);
        members?.Invoke();
        w.WriteEndObject();
    }

    /// <summary>Several of a kind, one after the other; none is null.</summary>
    public static void Sequence(Utf8JsonWriter w, string name, string listName, IReadOnlyList<Action> parts)
    {
        if (parts.Count == 0)
        {
            w.WriteNull(name);
            return;
        }

        Typed(w, name, "Sequence", () =>
        {
            w.WriteStartArray(listName);
            foreach (Action part in parts) part();
            w.WriteEndArray();
        });
    }

    /// <summary>Replaces a text, or with <paramref name="kind"/> <c>Regex</c> what a pattern finds.</summary>
    public static void Replace(Utf8JsonWriter w, string pattern, string content, string kind = "String") => Typed(w, null, "Replace", () =>
    {
        w.WriteStartObject("pattern");
        w.WriteString(kind, pattern);
        w.WriteEndObject();
        w.WriteString("content", content);
    });

    /// <summary>The post-processor that puts tokens around a text, or around two.</summary>
    public static void PostProcessor(Utf8JsonWriter w, GgufVocabulary v, (int[] Before, int[] After) around)
    {
        if (around.Before.Length + around.After.Length == 0)
        {
            w.WriteNull("post_processor");
            return;
        }

        Typed(w, "post_processor", "TemplateProcessing", () =>
        {
            w.WriteStartArray("single");
            Text(w, v, around, "A", 0, around.Before);
            w.WriteEndArray();
            w.WriteStartArray("pair");
            Text(w, v, around, "A", 0, around.Before);
            Text(w, v, around, "B", 1, v.Model == "bert" ? [] : around.Before);
            w.WriteEndArray();
            w.WriteStartObject("special_tokens");
            foreach (int id in around.Before.Concat(around.After).Distinct())
            {
                w.WriteStartObject(v.Tokens[id]);
                w.WriteString("id", v.Tokens[id]);
                w.WriteStartArray("ids");
                w.WriteNumberValue(id);
                w.WriteEndArray();
                w.WriteStartArray("tokens");
                w.WriteStringValue(v.Tokens[id]);
                w.WriteEndArray();
                w.WriteEndObject();
            }

            w.WriteEndObject();
        });
    }

    /// <summary>A vocabulary as an object of ids; a spelling per id.</summary>
    public static void Vocabulary(Utf8JsonWriter w, IEnumerable<string> spellings)
    {
        w.WriteStartObject("vocab");
        int id = 0;
        foreach (string token in spellings) w.WriteNumber(token, id++);
        w.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter w, GgufVocabulary v, (int[] Before, int[] After) around, string name, int type, int[] before)
    {
        foreach (int id in before) Member("SpecialToken", v.Tokens[id]);
        Member("Sequence", name);
        foreach (int id in around.After) Member("SpecialToken", v.Tokens[id]);

        void Member(string kind, string what)
        {
            w.WriteStartObject();
            w.WriteStartObject(kind);
            w.WriteString("id", what);
            w.WriteNumber("type_id", type);
            w.WriteEndObject();
            w.WriteEndObject();
        }
    }
}
