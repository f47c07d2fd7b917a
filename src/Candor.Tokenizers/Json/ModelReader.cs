using Candor.Tokenizers.Models;
using Candor.Tokenizers.Models.Bpe;
using Candor.Tokenizers.Models.Unigram;
using Candor.Tokenizers.Models.WordLevel;
using Candor.Tokenizers.Models.WordPiece;

namespace Candor.Tokenizers.Json;

/// <summary>Reads models.</summary>
internal static class ModelReader
{
    private const int MaxAffixLength = 100;

    /// <summary>Reads one. Old files do not say its type, which then shows from the fields.</summary>
    public static TokenModel Read(JsonField field)
    {
        JsonField? type = field.Member("type");
        switch (type?.Text() ?? Guess(field))
        {
            case "BPE": return Bpe(field);
            case "Unigram": return Unigram(field);
            case "WordPiece":
                Vocabulary words = Words(field.Required("vocab"));
                return new WordPieceModel(
                    words, words.Id(field.Text("unk_token", "[UNK]")) ?? -1, field.Text("continuing_subword_prefix", "##"),
                    field.Member("max_input_chars_per_word")?.Whole() ?? 100);
            case "WordLevel":
                Vocabulary vocabulary = Words(field.Required("vocab"));
                return new WordLevelModel(vocabulary, vocabulary.Id(field.Text("unk_token", "<unk>")) ?? -1);
            default: throw type!.Value.Expected("BPE, Unigram, WordPiece or WordLevel");
        }
    }

    /// <summary>Reads a map from tokens to ids.</summary>
    public static Vocabulary Words(JsonField field)
    {
        var ids = new Dictionary<string, int>();
        foreach ((string token, JsonField id) in field.Members()) ids[token] = id.Whole();
        return new Vocabulary(ids);
    }

    private static string Guess(JsonField field) =>
        field.Member("merges") is not null ? "BPE"
        : field.Required("vocab").IsArray ? "Unigram"
        : field.Member("continuing_subword_prefix") is not null || field.Member("max_input_chars_per_word") is not null ? "WordPiece"
        : "WordLevel";

    private static BpeModel Bpe(JsonField field)
    {
        Vocabulary vocabulary = Words(field.Required("vocab"));
        var options = new BpeOptions
        {
            UnknownToken = field.Member("unk_token")?.Text(),
            ContinuingPrefix = Affix(field, "continuing_subword_prefix"),
            EndOfWordSuffix = Affix(field, "end_of_word_suffix"),
            FuseUnknown = field.Truth("fuse_unk", false),
            ByteFallback = field.Truth("byte_fallback", false),
            IgnoreMerges = field.Truth("ignore_merges", false),
        };
        JsonField merges = field.Required("merges");
        var table = new MergeTable(merges.IsArray ? merges.Element.GetArrayLength() : 0);
        int rank = 0;
        foreach (JsonField merge in merges.Items())
        {
            (string left, string right) = Pair(merge);
            if (!TryMerge(table, vocabulary, left, right, options.ContinuingPrefix, rank++))
                throw merge.Expected("two tokens that the vocabulary holds, and holds merged");
        }

        return new BpeModel(vocabulary, table, options);
    }

    /// <summary>Sets the merge of two tokens; false where the vocabulary lacks one of them or what they merge into.</summary>
    public static bool TryMerge(MergeTable table, Vocabulary vocabulary, string left, string right, string prefix, int rank)
    {
        string tail = prefix.Length > 0 && right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right;
        if (vocabulary.Id(left) is not { } a || vocabulary.Id(right) is not { } b || vocabulary.Id(left + tail) is not { } merged) return false;
        table.Set(a, b, rank, merged);
        return true;
    }

    private static string Affix(JsonField field, string name)
    {
        if (field.Member(name) is not { } value) return "";
        string affix = value.Text();
        return affix.Length <= MaxAffixLength ? affix : throw value.Fail($"{affix.Length} characters, expected at most {MaxAffixLength}");
    }

    /// <summary>A merge is <c>"a b"</c> or, since pieces may hold spaces, <c>["a", "b"]</c>.</summary>
    private static (string Left, string Right) Pair(JsonField merge)
    {
        if (merge.IsString)
        {
            string text = merge.Text();
            int space = text.IndexOf(' ');
            if (space > 0 && space < text.Length - 1 && text.IndexOf(' ', space + 1) < 0) return (text[..space], text[(space + 1)..]);
        }
        else if (merge.IsArray && merge.Element.GetArrayLength() == 2)
        {
            JsonField[] parts = [.. merge.Items()];
            return (parts[0].Text(), parts[1].Text());
        }

        throw merge.Expected("two tokens");
    }

    private static UnigramModel Unigram(JsonField field)
    {
        var tokens = new List<string>();
        var scores = new List<double>();
        foreach (JsonField entry in field.Required("vocab").Items())
        {
            if (!entry.IsArray || entry.Element.GetArrayLength() != 2) throw entry.Expected("a token and its score");
            JsonField[] parts = [.. entry.Items()];
            tokens.Add(parts[0].Text());
            scores.Add(parts[1].Real());
        }

        int unknown = field.Member("unk_id")?.Whole(0, tokens.Count - 1) ?? -1;
        return new UnigramModel(new Vocabulary(tokens), [.. scores], unknown, field.Truth("byte_fallback", false));
    }
}
