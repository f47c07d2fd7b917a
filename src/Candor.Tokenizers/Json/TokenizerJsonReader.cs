using System.Text.Json;
using Candor.Tokenizers.Models;

namespace Candor.Tokenizers.Json;

/// <summary>Reads a whole <c>tokenizer.json</c>.</summary>
internal static class TokenizerJsonReader
{
    /// <summary>Reads the file's parts.</summary>
    /// <exception cref="TokenizerFormatException">The file is damaged, hostile or asks for something unknown.</exception>
    public static TokenizerParts Read(ReadOnlyMemory<byte> utf8, string source)
    {
        using JsonDocument document = JsonField.Parse(utf8, source);
        var root = new JsonField(document.RootElement, source);
        if (!root.IsObject) throw root.Expected("an object");
        TokenModel model = ModelReader.Read(root.Required("model"));
        return new TokenizerParts
        {
            Source = source,
            Model = model,
            AddedTokens = ReadAddedTokens(root, model.Vocabulary),
            Normalizer = root.Member("normalizer") is { } normalizer ? NormalizerReader.Read(normalizer) : null,
            PreTokenizer = root.Member("pre_tokenizer") is { } preTokenizer ? PreTokenizerReader.Read(preTokenizer) : null,
            PostProcessor = root.Member("post_processor") is { } postProcessor ? PostProcessorReader.Read(postProcessor) : null,
            Decoder = root.Member("decoder") is { } decoder ? DecoderReader.Read(decoder) : null,
            Truncation = root.Member("truncation") is { } truncation ? BatchSettingsReader.ReadTruncation(truncation) : null,
            Padding = root.Member("padding") is { } padding ? BatchSettingsReader.ReadPadding(padding) : null,
        };
    }

    private static List<AddedToken> ReadAddedTokens(JsonField root, Vocabulary vocabulary)
    {
        var tokens = new List<AddedToken>();
        if (root.Member("added_tokens") is not { } field) return tokens;
        foreach (JsonField entry in field.Items())
        {
            AddedToken token = AddedTokenReader.Read(entry);
            if (token.Content.Length == 0) continue;

            // A token that the model knows keeps the model's id, whatever the entry says.
            tokens.Add(vocabulary.Id(token.Content) is { } known ? token with { Id = known } : token);
        }

        return tokens;
    }
}
