using Candor.Tokenizers.Decoders;
using Candor.Tokenizers.PreTokenization;

namespace Candor.Tokenizers.Json;

/// <summary>Reads decoders.</summary>
internal static class DecoderReader
{
    /// <summary>Reads one, with all that it holds.</summary>
    public static TokenDecoder Read(JsonField field)
    {
        JsonField type = field.Required("type");
        return type.Text() switch
        {
            "Sequence" => new SequenceDecoder([.. field.Required("decoders").Items().Select(Read)]),
            "ByteLevel" => new ByteLevelDecoder(),
            "ByteFallback" => new ByteFallbackDecoder(),
            "Fuse" => new FuseDecoder(),
            "Strip" => new StripDecoder(
                field.Required("content").Character(), field.Member("start")?.Whole() ?? 0, field.Member("stop")?.Whole() ?? 0),
            "Replace" => new ReplaceDecoder(PatternReader.Read(field.Required("pattern")), field.Required("content").Text()),
            "Metaspace" => new MetaspaceDecoder(PreTokenizerReader.Sign(field), PreTokenizerReader.Scheme(field) != PrependScheme.Never),
            "WordPiece" => new WordPieceDecoder(field.Text("prefix", "##"), field.Truth("cleanup", true)),
            "BPEDecoder" => new BpeDecoder(field.Text("suffix", "</w>")),
            "CTC" => new CtcDecoder(field.Text("pad_token", "<pad>"), field.Text("word_delimiter_token", "|"), field.Truth("cleanup", true)),
            _ => throw type.Expected("a known decoder"),
        };
    }
}
