using Candor.Bridges;
using Candor.Formats;
using Candor.Models;
using Candor.Tokenizers;
using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.Templates;

namespace Candor.Training;

/// <summary>What turns text into the tokens of a model that is there.</summary>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Template">Its chat template, or null.</param>
/// <param name="Begin">The token before a text.</param>
/// <param name="End">The token after a text.</param>
/// <param name="Special">Special tokens by role (<c>bos_token</c>, <c>eos_token</c>, …), as templates see them.</param>
internal sealed record StartText(Tokenizer Tokenizer, ChatTemplate? Template, int Begin, int End, IReadOnlyDictionary<string, string> Special)
{
    /// <summary>Tokens that end what the model says.</summary>
    public IReadOnlyList<int> Ends => [.. ((int[])[End]).Concat(Special.TryGetValue("eos_token", out string? eos) && Tokenizer.TokenToId(eos) is { } id ? [id] : []).Distinct()];

    /// <summary>A reader of prompted answers.</summary>
    public AnswerReader Answers() => new(Tokenizer, Template, Begin, End) { SpecialTokens = Special };

    /// <summary>A reader of documents.</summary>
    public DocumentReader Documents(bool answersOnly) => new(Answers(), answersOnly);

    /// <summary>Of a folder or a GGUF file.</summary>
    /// <exception cref="TrainingException">It has no tokenizer, or names neither a token that begins a text nor one that ends it.</exception>
    public static StartText Of(ModelSource source)
    {
        if (source.Gguf is { } file) return OfGguf(file);
        TokenizerFolder opened = TokenizerFolder.Open(source.Folder!.Path);
        ChatTemplate? template = opened.Config.ChatTemplates.Count > 0 ? new ChatTemplateSet(opened.Config.ChatTemplates).Select() : null;
        int? Id(string? token) => token is null ? null : opened.Tokenizer.TokenToId(token);
        return Bounded(source.Path, opened.Tokenizer, template, Id(opened.Config.BosToken), Id(opened.Config.EosToken), opened.Config.SpecialTokens);
    }

    private static StartText OfGguf(GgufFile file)
    {
        GgufMetadata m = file.Metadata;
        if ((m.GetString("tokenizer.ggml.model", null) ?? "none") is "none" or "no_vocab") throw new TrainingException($"{file.Path}: has no tokenizer");
        GgufVocabulary vocabulary = GgufVocabulary.Read(new GgufVocabularyMetadata(m), file.Path);
        ChatTemplate? template = m.GetString("tokenizer.chat_template", null) is { } text ? ChatTemplate.Parse(text, file.Path) : null;
        Tokenizer tokenizer = GgufTokenizer.Create(vocabulary);
        return Bounded(file.Path, tokenizer, template, vocabulary.BosId, vocabulary.EosId, vocabulary.SpecialTokens(tokenizer));
    }

    private static StartText Bounded(string path, Tokenizer tokenizer, ChatTemplate? template, int? bos, int? eos, IReadOnlyDictionary<string, string> special) =>
        new(tokenizer, template, bos ?? eos ?? throw new TrainingException($"{path}: its tokenizer names neither a token that begins a text nor one that ends it"), eos ?? bos!.Value, special);
}
