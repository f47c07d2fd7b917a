using Candor.Tokenizers.ByteLevel;
using Candor.Tokenizers.Models.Bpe;
using Candor.Tokenizers.Regex;
using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>Byte-level BPE vocabularies in GGUF files (<c>gpt2</c>).</summary>
internal static class GgufBytePairs
{
    public static ByteLevelTokenizer Create(GgufVocabulary v)
    {
        string pre = string.IsNullOrEmpty(v.Pre) ? "default" : v.Pre;
        PreTokenizer family = PreTokenizers.Find(pre)
            ?? throw new TokenizerFormatException(v.Source, "tokenizer.ggml.pre", $"\"{Message.Shorten(pre)}\" is unknown; supported are {string.Join(", ", PreTokenizers.Names)}");
        if (v.Merges is null) throw new TokenizerFormatException(v.Source, "tokenizer.ggml.merges", "missing: a vocabulary of model gpt2 needs merges");
        int count = v.Tokens.Count;
        var ids = new Dictionary<string, int>(count, StringComparer.Ordinal);
        byte[][] bytes = new byte[count][];
        for (int id = 0; id < count; id++)
        {
            ids[v.Tokens[id]] = id;
            bytes[id] = ByteAlphabet.ToBytes(v.Tokens[id]) ?? Utf8.Encode(v.Tokens[id]);
        }

        int[] byteIds = new int[256];
        for (int b = 0; b < 256; b++) byteIds[b] = ids.TryGetValue(ByteAlphabet.ToChar((byte)b).ToString(), out int id) ? id : -1;
        PieceTable? whole = null;
        if (family.IgnoreMerges)
        {
            whole = new PieceTable(bytes, count);
            for (int id = 0; id < count; id++)
                if (bytes[id].Length > 0 && !IsAdded(v, id)) whole.Add(id);
        }

        var encoder = new BytePairEncoder
        {
            Splits = [.. family.Patterns.Select(Compile)],
            ByteSplits = [.. family.BytePatterns.Select(Compile)],
            Compose = family.Compose,
            Merges = Merges(v, ids),
            ByteIds = byteIds,
            Whole = whole,
        };
        int? before = v.AddBos ?? family.AddBos ? v.BosId : null;
        int? after = v.AddEos == true ? v.EosId : v.AddSeparator ?? family.AddSeparator ? v.SeparatorId ?? v.EosId : null;
        return new ByteLevelTokenizer(v, ids, bytes, encoder, before, after);
    }

    /// <summary>Whether a token is found in text before anything else, instead of by merging.</summary>
    public static bool IsAdded(GgufVocabulary v, int id) => v.TokenTypes?[id] is (int)PieceType.Unknown or (int)PieceType.Control or (int)PieceType.UserDefined;

    private static Pattern Compile(string pattern) => Pattern.Compile(pattern, PatternDialect.Oniguruma);

    private static MergeTable Merges(GgufVocabulary v, Dictionary<string, int> ids)
    {
        var merges = new MergeTable(v.Merges!.Count);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> find = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int rank = 0; rank < v.Merges.Count; rank++)
        {
            string merge = v.Merges[rank];
            // A token may begin with a space, so that the space between is never the first character.
            int space = merge.Length > 1 ? merge.IndexOf(' ', 1) : -1;
            if (space < 0 || space == merge.Length - 1) throw Fault(v, rank, $"\"{Message.Shorten(merge)}\" is not two tokens with a space between");
            ReadOnlySpan<char> left = merge.AsSpan(0, space), right = merge.AsSpan(space + 1);
            if (!find.TryGetValue(left, out int leftId)) throw Fault(v, rank, $"\"{Message.Shorten(left.ToString())}\" is not in the vocabulary");
            if (!find.TryGetValue(right, out int rightId)) throw Fault(v, rank, $"\"{Message.Shorten(right.ToString())}\" is not in the vocabulary");
            if (!ids.TryGetValue(string.Concat(left, right), out int id)) throw Fault(v, rank, $"\"{Message.Shorten(string.Concat(left, right))}\" is not in the vocabulary");
            if (!merges.TryGet(leftId, rightId, out _, out _)) merges.Set(leftId, rightId, rank, id);
        }

        return merges;
    }

    private static TokenizerFormatException Fault(GgufVocabulary v, int rank, string problem) => new(v.Source, $"tokenizer.ggml.merges[{rank}]", problem);
}
