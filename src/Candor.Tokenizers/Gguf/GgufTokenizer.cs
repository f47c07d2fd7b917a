using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Gguf;

/// <summary>Makes the tokenizer of a GGUF file.</summary>
public static class GgufTokenizer
{
    /// <summary>Makes a tokenizer from a vocabulary.</summary>
    /// <param name="vocabulary">The file's vocabulary.</param>
    /// <returns>
    /// A tokenizer that gives what the model's own <c>tokenizer.json</c> or <c>tokenizer.model</c> gives (where llama.cpp differs
    /// from those, the model's own files are right).
    /// </returns>
    /// <exception cref="TokenizerFormatException">
    /// The vocabulary contradicts itself, or its model or pre-tokenizer is unknown; the message names it and what is supported.
    /// </exception>
    public static Tokenizer Create(GgufVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Check(vocabulary);
        return vocabulary.Model switch
        {
            "llama" => GgufSentencePiece.Create(vocabulary, SegmentationKind.Bpe),
            "t5" => GgufSentencePiece.Create(vocabulary, SegmentationKind.Unigram),
            "gpt2" => GgufBytePairs.Create(vocabulary),
            "bert" => GgufWordPiece.Create(vocabulary),
            "rwkv" => new RwkvTokenizer(vocabulary),
            "none" or "no_vocab" => throw new TokenizerFormatException(vocabulary.Source, "tokenizer.ggml.model", $"\"{vocabulary.Model}\": the file has no tokenizer"),
            _ => throw new TokenizerFormatException(vocabulary.Source, "tokenizer.ggml.model", $"\"{Message.Shorten(vocabulary.Model)}\" is unknown; supported are llama, gpt2, bert, t5, rwkv"),
        };
    }

    private static void Check(GgufVocabulary v)
    {
        int count = v.Tokens.Count;
        if (count == 0) throw new TokenizerFormatException(v.Source, "tokenizer.ggml.tokens", "the vocabulary is empty");
        if (v.Scores is not null && v.Scores.Count != count) throw new TokenizerFormatException(v.Source, "tokenizer.ggml.scores", $"{v.Scores.Count} scores for {count} tokens");
        if (v.TokenTypes is not null && v.TokenTypes.Count != count) throw new TokenizerFormatException(v.Source, "tokenizer.ggml.token_type", $"{v.TokenTypes.Count} types for {count} tokens");
        foreach ((string key, int? id) in new[] { ("bos", v.BosId), ("eos", v.EosId), ("unknown", v.UnknownId), ("seperator", v.SeparatorId), ("padding", v.PaddingId), ("cls", v.ClassId), ("mask", v.MaskId) })
            if (id is { } value && (value < 0 || value >= count)) throw new TokenizerFormatException(v.Source, $"tokenizer.ggml.{key}_token_id", $"{value} is out of range; the vocabulary has {count} tokens");
    }
}
