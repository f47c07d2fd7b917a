using System.Text.Json;
using Candor.Tokenizers.Json;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>
/// Writes the tokenizer of a Hugging Face folder as a GGUF vocabulary. What comes out is read back and compared with the
/// original on texts of all sorts: a tokenizer that GGUF cannot hold is refused, never written wrong.
/// </summary>
public static class VocabularyExport
{
    /// <summary>The vocabulary of a folder.</summary>
    /// <param name="folder">A folder with tokenizer.json, tokenizer.model, or other vocabulary files.</param>
    /// <param name="size">Rows of the model's embedding table: ids without a token get a name of their own. 0: as many as there are tokens.</param>
    /// <exception cref="TokenizerFormatException">A file is damaged, or GGUF cannot hold this tokenizer.</exception>
    public static GgufVocabulary Of(string folder, int size = 0)
    {
        TokenizerFolder opened = TokenizerFolder.Open(folder);
        GgufVocabulary plain = Named(opened, size) with { ChatTemplate = opened.Config.ChatTemplate };
        foreach (GgufVocabulary candidate in Candidates(opened, plain))
            if (ExportProbe.Agrees(opened.Tokenizer, candidate)) return Bounded(opened.Tokenizer, candidate);
        throw new TokenizerFormatException(opened.Source, "", "GGUF has no vocabulary that splits texts as this tokenizer does; the weights can be converted without it");
    }

    /// <summary>Tokens, their types and the ids with a role.</summary>
    private static GgufVocabulary Named(TokenizerFolder opened, int size)
    {
        Tokenizer tokenizer = opened.Tokenizer;
        int count = Math.Max(size, tokenizer.VocabularySize);
        var added = new Dictionary<int, AddedToken>();
        if (tokenizer is JsonTokenizer json) foreach (AddedToken token in json.AddedTokens) added[token.Id] = token;
        var sentencePiece = tokenizer as SentencePieceTokenizer;
        string[] tokens = new string[count];
        int[] types = new int[count];
        for (int id = 0; id < count; id++)
        {
            string? token = tokenizer.IdToToken(id);
            tokens[id] = token ?? $"[PAD{id}]";
            types[id] = (int)(token is null ? PieceType.Unused
                : sentencePiece?.TypeOf(id) is { } type ? type
                : added.TryGetValue(id, out AddedToken? own) ? own.Special ? PieceType.Control : PieceType.UserDefined
                : tokenizer.IsSpecial(id) ? PieceType.Control : PieceType.Normal);
        }

        int? Id(string role) => opened.Config.SpecialTokens.TryGetValue(role, out string? token) ? tokenizer.TokenToId(token) : null;
        return new GgufVocabulary
        {
            Source = opened.Source, Model = "", Tokens = tokens, TokenTypes = types,
            BosId = Id("bos_token") ?? sentencePiece?.BosId, EosId = Id("eos_token") ?? sentencePiece?.EosId, UnknownId = Id("unk_token") ?? sentencePiece?.UnknownId,
            SeparatorId = Id("sep_token"), PaddingId = Id("pad_token"), ClassId = Id("cls_token"), MaskId = Id("mask_token"),
        };
    }

    private static IEnumerable<GgufVocabulary> Candidates(TokenizerFolder opened, GgufVocabulary plain)
    {
        if (opened.Tokenizer is SentencePieceTokenizer sentencePiece) return [SentencePieces(sentencePiece, plain)];
        if (!opened.Source.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || Path.GetFileName(opened.Source).StartsWith("tekken", StringComparison.Ordinal)) return [];
        using JsonDocument document = JsonField.Parse(TokenizerFile.ReadAll(opened.Source), opened.Source);
        JsonElement model = document.RootElement.TryGetProperty("model", out JsonElement found) ? found : document.RootElement;
        string kind = model.TryGetProperty("type", out JsonElement type) ? type.GetString() ?? "" : model.TryGetProperty("merges", out _) ? "BPE" : "";
        return kind switch
        {
            "BPE" => [.. BytePairs(model, plain)],
            "WordPiece" => [.. WordPieces(plain)],
            "Unigram" => [.. Unigrams(model, plain)],
            _ => [],
        };
    }

    private static GgufVocabulary SentencePieces(SentencePieceTokenizer tokenizer, GgufVocabulary plain)
    {
        SentencePieceContents contents = tokenizer.Model.Contents;
        return plain with
        {
            Model = contents.Kind == SegmentationKind.Unigram ? "t5" : "llama", Pre = "default",
            Scores = [.. Enumerable.Range(0, plain.Tokens.Count).Select(id => id < contents.Pieces.Count ? contents.Pieces[id].Score : 0)],
            AddSpacePrefix = contents.Normalizer.AddDummyPrefix, RemoveExtraWhitespaces = contents.Normalizer.RemoveExtraWhitespaces,
            WhitespaceAsSuffix = contents.Normalizer.WhitespaceAsSuffix ? true : null, PrecompiledCharsmap = contents.Normalizer.Map?.Blob ?? default,
        };
    }

    /// <summary>Byte-level merges, under each name of a pre-tokenizer; or merges of SentencePiece, whose order becomes scores.</summary>
    private static IEnumerable<GgufVocabulary> BytePairs(JsonElement model, GgufVocabulary plain)
    {
        List<(string Left, string Right)> merges = [.. model.GetProperty("merges").EnumerateArray().Select(Pair)];
        if (plain.Tokens.Contains("<0x0A>"))
        {
            var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
            for (int rank = 0; rank < merges.Count; rank++) ranks.TryAdd(merges[rank].Left + merges[rank].Right, rank);
            float[] scores = [.. plain.Tokens.Select(t => ranks.TryGetValue(t, out int rank) ? -rank : -(float)(merges.Count + 1))];
            int[] types = [.. plain.TokenTypes!.Select((t, id) => IsByte(plain.Tokens[id]) ? (int)PieceType.Byte : id == plain.UnknownId ? (int)PieceType.Unknown : t)];
            foreach (bool prefix in (bool[])[true, false])
                yield return plain with { Model = "llama", Pre = "default", Scores = scores, TokenTypes = types, AddSpacePrefix = prefix };
            yield break;
        }

        string[] lines = [.. merges.Select(m => $"{m.Left} {m.Right}")];
        // The usual names come first: several may fit, and readers know these best.
        string[] usual = ["default", "gpt-2", "llama-bpe", "qwen2", "smollm", "falcon"];
        foreach (string pre in usual.Concat(NamedPreTokenizers.Names.Except(usual)))
            if (NamedPreTokenizers.Find(pre) is not null) yield return plain with { Model = "gpt2", Pre = pre, Merges = lines };
    }

    private static IEnumerable<GgufVocabulary> WordPieces(GgufVocabulary plain)
    {
        // The file marks where a word begins, not where it goes on.
        string[] tokens = [.. plain.Tokens.Select((t, id) =>
            GgufBytePairs.IsAdded(plain, id) || (t.Length > 2 && t[0] == '[' && t[^1] == ']') ? t
            : t.StartsWith("##", StringComparison.Ordinal) ? t[2..] : "\u2581" + t)];
        foreach (bool lowercase in (bool[])[true, false])
            foreach (bool strip in (bool[])[lowercase, !lowercase])
                yield return plain with { Model = "bert", Pre = "jina-v2-en", Tokens = tokens, Lowercase = lowercase, StripAccents = strip };
    }

    private static IEnumerable<GgufVocabulary> Unigrams(JsonElement model, GgufVocabulary plain)
    {
        float[] scores = [.. model.GetProperty("vocab").EnumerateArray().Select(p => p[1].GetSingle())];
        int? unknown = model.TryGetProperty("unk_id", out JsonElement id) && id.ValueKind == JsonValueKind.Number ? id.GetInt32() : plain.UnknownId;
        int[] types = [.. plain.TokenTypes!.Select((t, i) => i == unknown ? (int)PieceType.Unknown : IsByte(plain.Tokens[i]) ? (int)PieceType.Byte : t)];
        foreach (bool prefix in (bool[])[true, false])
            foreach (bool spaces in (bool[])[true, false])
                yield return plain with
                {
                    Model = "t5", Pre = "default", TokenTypes = types, UnknownId = unknown, AddSpacePrefix = prefix, RemoveExtraWhitespaces = spaces,
                    Scores = [.. Enumerable.Range(0, plain.Tokens.Count).Select(i => i < scores.Length ? scores[i] : 0)],
                };
    }

    /// <summary>Says which tokens are put around a text.</summary>
    private static GgufVocabulary Bounded(Tokenizer tokenizer, GgufVocabulary v)
    {
        int[] bare = tokenizer.Encode("a"), full = tokenizer.Encode("a", addSpecial: true);
        int at = full.AsSpan().IndexOf(bare);
        int? before = at > 0 ? full[0] : null, after = at >= 0 && at + bare.Length < full.Length ? full[^1] : null;
        if (v.Model == "bert") return v with { ClassId = v.ClassId ?? before, SeparatorId = v.SeparatorId ?? after };
        return v with { BosId = before ?? v.BosId, AddBos = before is not null, EosId = v.EosId ?? after, AddEos = after is not null && after == (v.EosId ?? after), AddSeparator = after is not null && after != (v.EosId ?? after) ? true : null };
    }

    private static bool IsByte(string token) => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>';

    private static (string Left, string Right) Pair(JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.Array) return (merge[0].GetString()!, merge[1].GetString()!);
        string line = merge.GetString()!;
        int space = line.IndexOf(' ', 1);
        return space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
    }
}
