using System.Text.Json;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>
/// Writes the vocabulary of a GGUF file as a <c>tokenizer.json</c>. What comes out is read back and compared with the original
/// on texts of all sorts, special tokens among them: where no file splits texts as this vocabulary does, there is none.
/// </summary>
public static class TokenizerJsonExport
{
    /// <summary>The file's bytes, or null where a <c>tokenizer.json</c> cannot say what this vocabulary does.</summary>
    /// <exception cref="TokenizerFormatException">The vocabulary is damaged.</exception>
    public static byte[]? Of(GgufVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Tokenizer original = GgufTokenizer.Create(vocabulary);
        if (vocabulary.Tokens.Distinct(StringComparer.Ordinal).Count() != vocabulary.Tokens.Count) return null;
        foreach (Action<Utf8JsonWriter> parts in Candidates(vocabulary, original))
        {
            byte[] file = Write(vocabulary, original, parts);
            JsonTokenizer made;
            try
            {
                made = JsonTokenizer.Parse(file, vocabulary.Source);
            }
            catch (TokenizerFormatException)
            {
                continue;
            }

            if (ExportProbe.Agrees(original, made)) return file;
        }

        return null;
    }

    /// <summary>
    /// The file of a vocabulary that has no reader to agree with yet. Of unigram vocabularies tokenizer.json knows no byte tokens that
    /// text cannot spell: a text with <c>&lt;0x41&gt;</c> in it becomes that token.
    /// </summary>
    internal static byte[] OfNew(GgufVocabulary vocabulary)
    {
        Tokenizer reader = GgufTokenizer.Create(vocabulary);
        return Write(vocabulary, reader, Candidates(vocabulary, reader).First());
    }

    private static byte[] Write(GgufVocabulary v, Tokenizer original, Action<Utf8JsonWriter> parts)
    {
        using var buffer = new MemoryStream();
        using (var w = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            w.WriteStartObject();
            w.WriteString("version", "1.0");
            w.WriteNull("truncation");
            w.WriteNull("padding");
            AddedTokens(w, v, original);
            parts(w);
            w.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void AddedTokens(Utf8JsonWriter w, GgufVocabulary v, Tokenizer original)
    {
        w.WriteStartArray("added_tokens");
        for (int id = 0; id < v.Tokens.Count; id++)
        {
            if (!GgufBytePairs.IsAdded(v, id)) continue;
            w.WriteStartObject();
            w.WriteNumber("id", id);
            w.WriteString("content", v.Tokens[id]);
            w.WriteBoolean("single_word", false);
            w.WriteBoolean("lstrip", false);
            w.WriteBoolean("rstrip", original is SentencePieceTokenizer pieces && pieces.StripsAfter(id));
            w.WriteBoolean("normalized", false);
            w.WriteBoolean("special", original.IsSpecial(id) || v.TokenTypes?[id] == (int)PieceType.Unknown);
            w.WriteEndObject();
        }

        w.WriteEndArray();
    }

    private static IEnumerable<Action<Utf8JsonWriter>> Candidates(GgufVocabulary v, Tokenizer original)
    {
        switch (v.Model)
        {
            case "gpt2" when NamedPreTokenizers.Find(string.IsNullOrEmpty(v.Pre) ? "default" : v.Pre) is { } family:
                yield return w => BytePairJson.ByteLevel(w, v, family, Around(original));
                break;
            case "llama":
                string[] merges = BytePairJson.MergesOfScores(v);
                foreach (SpacePrefix prefix in Enum.GetValues<SpacePrefix>())
                    yield return w => BytePairJson.SentencePiece(w, v, merges, prefix, Around(original));
                break;
            case "bert":
                yield return w => WordPieceJson.Write(w, v, original, Around(original));
                break;
            case "t5":
                foreach (SpacePrefix prefix in Enum.GetValues<SpacePrefix>())
                    yield return w => UnigramJson.Write(w, v, prefix, Around(original));
                break;
        }
    }

    /// <summary>The tokens that are put around a text.</summary>
    private static (int[] Before, int[] After) Around(Tokenizer original)
    {
        int[] bare = original.Encode("a"), full = original.Encode("a", addSpecial: true);
        int at = full.AsSpan().IndexOf(bare);
        return at < 0 ? ([], []) : (full[..at], full[(at + bare.Length)..]);
    }
}
