using Candor.Formats;
using Candor.Tokenizers.Gguf;

namespace Candor.Inference;

/// <summary>A vocabulary as the metadata of a GGUF file.</summary>
public static class GgufVocabularyWriter
{
    /// <summary>Adds the keys <c>tokenizer.*</c>.</summary>
    /// <param name="v">The vocabulary.</param>
    /// <param name="metadata">Where to.</param>
    public static void Add(GgufVocabulary v, GgufMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(v);
        ArgumentNullException.ThrowIfNull(metadata);
        metadata["tokenizer.ggml.model"] = GgufValue.Of(v.Model);
        if (v.Pre is not null) metadata["tokenizer.ggml.pre"] = GgufValue.Of(v.Pre);
        metadata["tokenizer.ggml.tokens"] = GgufValue.OfArray(v.Tokens);
        if (v.Scores is not null) metadata["tokenizer.ggml.scores"] = GgufValue.OfArray<float>([.. v.Scores]);
        if (v.TokenTypes is not null) metadata["tokenizer.ggml.token_type"] = GgufValue.OfArray<int>([.. v.TokenTypes]);
        if (v.Merges is not null) metadata["tokenizer.ggml.merges"] = GgufValue.OfArray(v.Merges);
        foreach ((string name, int? id) in (ReadOnlySpan<(string, int?)>)
        [
            ("bos", v.BosId), ("eos", v.EosId), ("unknown", v.UnknownId), ("seperator", v.SeparatorId), ("padding", v.PaddingId), ("cls", v.ClassId), ("mask", v.MaskId),
        ])
            if (id is { } known) metadata[$"tokenizer.ggml.{name}_token_id"] = GgufValue.Of((uint)known);
        foreach ((string name, bool? flag) in (ReadOnlySpan<(string, bool?)>)
        [
            ("add_bos_token", v.AddBos), ("add_eos_token", v.AddEos), ("add_sep_token", v.AddSeparator), ("add_space_prefix", v.AddSpacePrefix),
            ("remove_extra_whitespaces", v.RemoveExtraWhitespaces), ("treat_whitespace_as_suffix", v.WhitespaceAsSuffix),
            ("normalizer.lowercase", v.Lowercase), ("normalizer.strip_accents", v.StripAccents),
        ])
            if (flag is { } set) metadata[$"tokenizer.ggml.{name}"] = GgufValue.Of(set);
        if (!v.PrecompiledCharsmap.IsEmpty) metadata["tokenizer.ggml.precompiled_charsmap"] = GgufValue.OfArray<byte>(v.PrecompiledCharsmap.Span);
        if (v.ChatTemplate is not null) metadata["tokenizer.chat_template"] = GgufValue.Of(v.ChatTemplate);
    }
}
