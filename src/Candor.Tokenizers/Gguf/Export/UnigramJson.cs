using System.Text.Json;

namespace Candor.Tokenizers.Gguf;

/// <summary>Unigram vocabularies as parts of a <c>tokenizer.json</c>.</summary>
internal static class UnigramJson
{
    public static void Write(Utf8JsonWriter w, GgufVocabulary v, SpacePrefix prefix, (int[], int[]) around)
    {
        var rules = new List<Action>();
        if (!v.PrecompiledCharsmap.IsEmpty)
            rules.Add(() => JsonParts.Typed(w, null, "Precompiled", () => w.WriteBase64String("precompiled_charsmap", v.PrecompiledCharsmap.Span)));
        if (v.RemoveExtraWhitespaces == true)
        {
            rules.Add(() => JsonParts.Typed(w, null, "Strip", () =>
            {
                w.WriteBoolean("strip_left", true);
                w.WriteBoolean("strip_right", true);
            }));
            rules.Add(() => JsonParts.Replace(w, " {2,}", " ", "Regex"));
        }

        bool bytes = v.Tokens.Contains("<0x0A>");
        string scheme = prefix switch { SpacePrefix.EveryStretch => "always", SpacePrefix.FirstStretch => "first", _ => "never" };
        // Metaspace puts no mark before a text that begins with one; where runs of spaces are kept, one more is due.
        bool marks = bytes && v.RemoveExtraWhitespaces != true && prefix == SpacePrefix.EveryStretch;
        if (marks)
        {
            rules.Add(() => JsonParts.Typed(w, null, "Prepend", () => w.WriteString("prepend", "\u2581")));
            rules.Add(() => JsonParts.Replace(w, " ", "\u2581"));
        }

        JsonParts.Sequence(w, "normalizer", "normalizers", rules);
        if (marks) w.WriteNull("pre_tokenizer");
        else BytePairJson.Metaspace(w, "pre_tokenizer", scheme);
        JsonParts.PostProcessor(w, v, around);
        if (bytes) BytePairJson.Decoder(w, prefix);
        else BytePairJson.Metaspace(w, "decoder", scheme);
        JsonParts.Typed(w, "model", "Unigram", () =>
        {
            if (BytePairJson.Unknown(v) is { } unknown) w.WriteNumber("unk_id", Array.IndexOf([.. v.Tokens], unknown));
            else w.WriteNull("unk_id");
            w.WriteStartArray("vocab");
            for (int id = 0; id < v.Tokens.Count; id++)
            {
                w.WriteStartArray();
                w.WriteStringValue(v.Tokens[id]);
                w.WriteNumberValue(v.Scores?[id] ?? 0);
                w.WriteEndArray();
            }

            w.WriteEndArray();
            w.WriteBoolean("byte_fallback", bytes);
        });
    }
}
