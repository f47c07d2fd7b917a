using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>SentencePiece vocabularies in GGUF files. They hold scores instead of merges, and few of the model's settings.</summary>
internal static class GgufSentencePiece
{
    public static SentencePieceTokenizer Create(GgufVocabulary v, SegmentationKind kind)
    {
        bool isUnigram = kind == SegmentationKind.Unigram;
        int count = v.Tokens.Count;
        int? bos = v.BosId ?? (isUnigram ? null : Within(1, count)), eos = v.EosId ?? Within(isUnigram ? 1 : 2, count);
        int? unknown = v.UnknownId ?? FirstUnknown(v) ?? Within(isUnigram ? 2 : 0, count);
        var pieces = new (string, float, PieceType)[count];
        bool hasBytes = false;
        for (int id = 0; id < count; id++)
        {
            PieceType type = TypeOf(v, id, bos, eos, unknown);
            hasBytes |= type == PieceType.Byte;
            // Without scores the order of ids is the order of merging, as SentencePiece's own trainer numbers its pieces.
            pieces[id] = (v.Tokens[id], v.Scores?[id] ?? -id, type);
        }

        var contents = new SentencePieceContents
        {
            Source = v.Source,
            Pieces = pieces,
            Kind = kind,
            ByteFallback = hasBytes,
            UnknownId = unknown,
            Normalizer = new NormalizerSettings
            {
                Map = CharacterMap.Parse(v.PrecompiledCharsmap.Span, v.Source, "tokenizer.ggml.precompiled_charsmap"),
                AddDummyPrefix = v.AddSpacePrefix ?? true,
                RemoveExtraWhitespaces = v.RemoveExtraWhitespaces ?? false,
                WhitespaceAsSuffix = v.WhitespaceAsSuffix ?? false,
            },
        };
        return new SentencePieceTokenizer(
            new SentencePieceModel(contents, lenient: true), bos, eos, v.AddBos ?? !isUnigram, v.AddEos ?? isUnigram, PrefixAfterSpecial(v), StripAfter(v));
    }

    private static PieceType TypeOf(GgufVocabulary v, int id, int? bos, int? eos, int? unknown)
    {
        if (v.TokenTypes is not null)
        {
            int type = v.TokenTypes[id];
            if (type is >= 1 and <= 6) return (PieceType)type;
            return type == 0 ? PieceType.Normal : throw new TokenizerFormatException(v.Source, $"tokenizer.ggml.token_type[{id}]", $"{type} is unknown; expected 1 to 6");
        }

        if (id == unknown) return PieceType.Unknown;
        if (id == bos || id == eos) return PieceType.Control;
        string token = v.Tokens[id];
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' ? PieceType.Byte : PieceType.Normal;
    }

    private static int? FirstUnknown(GgufVocabulary v)
    {
        for (int id = 0; id < v.TokenTypes?.Count; id++)
            if (v.TokenTypes[id] == (int)PieceType.Unknown) return id;
        return null;
    }

    /// <summary>
    /// The file does not tell which of two habits holds. Vocabularies with Mistral's control tokens belong to tokenizers that put a
    /// space before the first stretch of a text only; all others of this kind put it before every stretch after a special token.
    /// </summary>
    private static bool PrefixAfterSpecial(GgufVocabulary v)
    {
        if (v.TokenTypes is null) return true;
        bool begin = false, end = false;
        for (int id = 0; id < v.Tokens.Count; id++)
        {
            if (v.TokenTypes[id] != (int)PieceType.Control) continue;
            begin |= v.Tokens[id] == "[INST]";
            end |= v.Tokens[id] == "[/INST]";
        }

        return !(begin && end);
    }

    /// <summary>Phi-3 swallows the white space after its control tokens, which only its name tells.</summary>
    private static HashSet<int>? StripAfter(GgufVocabulary v)
    {
        string name = v.ModelName ?? "";
        if (v.TokenTypes is null || !(name.Contains("phi-3", StringComparison.OrdinalIgnoreCase) || name.Contains("phi3", StringComparison.OrdinalIgnoreCase))) return null;
        return [.. Enumerable.Range(0, v.Tokens.Count).Where(id => v.TokenTypes[id] is (int)PieceType.Control or (int)PieceType.UserDefined or (int)PieceType.Unknown && v.Tokens[id] is not ("<unk>" or "<s>" or "<|endoftext|>"))];
    }

    private static int? Within(int id, int count) => id < count ? id : null;
}
