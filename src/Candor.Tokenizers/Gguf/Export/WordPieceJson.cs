using System.Text.Json;

namespace Candor.Tokenizers.Gguf;

/// <summary>WordPiece vocabularies as parts of a <c>tokenizer.json</c>.</summary>
internal static class WordPieceJson
{
    public static void Write(Utf8JsonWriter w, GgufVocabulary v, Tokenizer original, (int[], int[]) around)
    {
        var pieces = (WordPieceTokenizer)original;
        JsonParts.Typed(w, "normalizer", "BertNormalizer", () =>
        {
            w.WriteBoolean("clean_text", true);
            w.WriteBoolean("handle_chinese_chars", true);
            w.WriteBoolean("strip_accents", pieces.StripsAccents);
            w.WriteBoolean("lowercase", pieces.Lowercases);
        });
        JsonParts.Typed(w, "pre_tokenizer", "BertPreTokenizer");
        JsonParts.PostProcessor(w, v, around);
        JsonParts.Typed(w, "decoder", "WordPiece", () =>
        {
            w.WriteString("prefix", "##");
            w.WriteBoolean("cleanup", true);
        });
        JsonParts.Typed(w, "model", "WordPiece", () =>
        {
            w.WriteString("unk_token", original.IdToToken(pieces.UnknownId));
            w.WriteString("continuing_subword_prefix", "##");
            w.WriteNumber("max_input_chars_per_word", WordPieceTokenizer.LongestWord);
            JsonParts.Vocabulary(w, Enumerable.Range(0, v.Tokens.Count).Select(id => original.IdToToken(id)!));
        });
    }
}
