using System.Text.Json;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>Vocabularies of byte pairs as parts of a <c>tokenizer.json</c>: of bytes, or of SentencePiece.</summary>
internal static class BytePairJson
{
    /// <summary>Byte-level BPE.</summary>
    public static void ByteLevel(Utf8JsonWriter w, GgufVocabulary v, PreTokenizer family, (int[], int[]) around)
    {
        if (family.Compose) JsonParts.Typed(w, "normalizer", "NFC");
        else w.WriteNull("normalizer");
        Action Split(string pattern) => () => JsonParts.Typed(w, null, "Split", () =>
        {
            w.WriteStartObject("pattern");
            w.WriteString("Regex", pattern);
            w.WriteEndObject();
            w.WriteString("behavior", "Isolated");
            w.WriteBoolean("invert", false);
        });
        JsonParts.Sequence(
            w, "pre_tokenizer", "pretokenizers",
            [.. family.Patterns.Select(Split), () => JsonParts.Typed(w, null, "ByteLevel", () => Bytes(w)), .. family.BytePatterns.Select(Split)]);
        JsonParts.PostProcessor(w, v, around);
        JsonParts.Typed(w, "decoder", "ByteLevel", () => Bytes(w));
        Model(w, v, v.Merges ?? [], null, byteFallback: false, family.IgnoreMerges);
    }

    /// <summary>BPE of SentencePiece.</summary>
    public static void SentencePiece(Utf8JsonWriter w, GgufVocabulary v, string[] merges, SpacePrefix prefix, (int[], int[]) around)
    {
        var rules = new List<Action>();
        if (prefix == SpacePrefix.EveryStretch) rules.Add(() => JsonParts.Typed(w, null, "Prepend", () => w.WriteString("prepend", "\u2581")));
        if (prefix != SpacePrefix.FirstStretch) rules.Add(() => JsonParts.Replace(w, " ", "\u2581"));
        JsonParts.Sequence(w, "normalizer", "normalizers", rules);
        if (prefix == SpacePrefix.FirstStretch) Metaspace(w, "pre_tokenizer", "first");
        else w.WriteNull("pre_tokenizer");
        JsonParts.PostProcessor(w, v, around);
        Decoder(w, prefix);
        Model(w, v, merges, Unknown(v), byteFallback: v.Tokens.Contains("<0x0A>"), ignoreMerges: false);
    }

    /// <summary>The decoder of vocabularies with byte tokens: marks become spaces, byte tokens bytes, and the space that was put before the text goes.</summary>
    public static void Decoder(Utf8JsonWriter w, SpacePrefix prefix)
    {
        List<Action> decoders =
        [
            () => JsonParts.Replace(w, "\u2581", " "), () => JsonParts.Typed(w, null, "ByteFallback"), () => JsonParts.Typed(w, null, "Fuse"),
        ];
        if (prefix != SpacePrefix.None)
            decoders.Add(() => JsonParts.Typed(w, null, "Strip", () =>
            {
                w.WriteString("content", " ");
                w.WriteNumber("start", 1);
                w.WriteNumber("stop", 0);
            }));
        JsonParts.Sequence(w, "decoder", "decoders", decoders);
    }

    /// <summary>
    /// The merges behind scores: every way in which two pieces make a third, best score first. Ways to make the same piece come
    /// in the order of their parts.
    /// </summary>
    public static string[] MergesOfScores(GgufVocabulary v)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < v.Tokens.Count; id++)
            if (v.TokenTypes is null || v.TokenTypes[id] is (int)PieceType.Normal or (int)PieceType.Unused) ids.TryAdd(v.Tokens[id], id);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> find = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<(float Score, int Whole, int Left, int Right)>();
        foreach ((string token, int id) in ids)
            for (int cut = 1; cut < token.Length; cut++)
                if (!char.IsLowSurrogate(token[cut]) && find.TryGetValue(token.AsSpan(0, cut), out int left) && find.TryGetValue(token.AsSpan(cut), out int right))
                    merges.Add((v.Scores?[id] ?? -id, id, left, right));
        return [.. merges.OrderByDescending(m => m.Score).ThenBy(m => m.Whole).ThenBy(m => m.Left).ThenBy(m => m.Right).Select(m => $"{v.Tokens[m.Left]} {v.Tokens[m.Right]}")];
    }

    /// <summary>The pre-tokenizer or decoder that turns spaces into U+2581 and back.</summary>
    public static void Metaspace(Utf8JsonWriter w, string name, string scheme) => JsonParts.Typed(w, name, "Metaspace", () =>
    {
        w.WriteString("replacement", "\u2581");
        w.WriteString("prepend_scheme", scheme);
        w.WriteBoolean("split", false);
    });

    /// <summary>The spelling of the unknown token.</summary>
    public static string? Unknown(GgufVocabulary v)
    {
        int id = v.UnknownId ?? Array.IndexOf([.. v.TokenTypes ?? []], (int)PieceType.Unknown);
        return id >= 0 ? v.Tokens[id] : null;
    }

    private static void Bytes(Utf8JsonWriter w)
    {
        w.WriteBoolean("add_prefix_space", false);
        w.WriteBoolean("trim_offsets", false);
        w.WriteBoolean("use_regex", false);
    }

    private static void Model(Utf8JsonWriter w, GgufVocabulary v, IReadOnlyList<string> merges, string? unknown, bool byteFallback, bool ignoreMerges) => JsonParts.Typed(w, "model", "BPE", () =>
    {
        w.WriteNull("dropout");
        w.WriteString("unk_token", unknown);
        w.WriteNull("continuing_subword_prefix");
        w.WriteNull("end_of_word_suffix");
        w.WriteBoolean("fuse_unk", unknown is not null);
        w.WriteBoolean("byte_fallback", byteFallback);
        w.WriteBoolean("ignore_merges", ignoreMerges);
        JsonParts.Vocabulary(w, v.Tokens);
        w.WriteStartArray("merges");
        foreach (string merge in merges)
        {
            // Two texts each: a token may hold a space itself.
            int space = merge.IndexOf(' ', 1);
            w.WriteStartArray();
            w.WriteStringValue(merge[..space]);
            w.WriteStringValue(merge[(space + 1)..]);
            w.WriteEndArray();
        }

        w.WriteEndArray();
    });
}
