using Candor.Tokenizers.Normalizers;
using Candor.Tokenizers.Unicode;

namespace Candor.Tokenizers.Json;

/// <summary>Reads normalizers.</summary>
internal static class NormalizerReader
{
    /// <summary>Reads one, with all that it holds.</summary>
    public static Normalizer Read(JsonField field)
    {
        JsonField type = field.Required("type");
        switch (type.Text())
        {
            case "Sequence": return new SequenceNormalizer([.. field.Required("normalizers").Items().Select(Read)]);
            case "NFC": return new UnicodeNormalizer(UnicodeForm.Nfc);
            case "NFD": return new UnicodeNormalizer(UnicodeForm.Nfd);
            case "NFKC": return new UnicodeNormalizer(UnicodeForm.Nfkc);
            case "NFKD": return new UnicodeNormalizer(UnicodeForm.Nfkd);
            case "Lowercase": return new LowercaseNormalizer();
            case "StripAccents": return new StripAccentsNormalizer(spacingToo: true);
            case "Strip": return new StripNormalizer(field.Truth("strip_left", true), field.Truth("strip_right", true));
            case "Replace": return new ReplaceNormalizer(PatternReader.Read(field.Required("pattern")), field.Required("content").Text());
            case "Prepend": return new AffixNormalizer(field.Required("prepend").Text(), atEnd: false);
            case "Append": return new AffixNormalizer(field.Required("append").Text(), atEnd: true);
            case "Nmt": return new NmtNormalizer();
            case "ByteLevel": return new ByteLevelNormalizer();
            case "Precompiled": return Precompiled(field);
            case "BertNormalizer":
                bool lowercase = field.Truth("lowercase", true);
                return new BertNormalizer(
                    field.Truth("clean_text", true), field.Truth("handle_chinese_chars", true), field.Truth("strip_accents", lowercase), lowercase);
            default: throw type.Expected("a known normalizer");
        }
    }

    private static Normalizer Precompiled(JsonField field)
    {
        if (field.Member("precompiled_charsmap") is not { } map) return new SequenceNormalizer([]);
        string text = map.Text();
        if (text.Length == 0) return new SequenceNormalizer([]);
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out int written)) throw map.Fail("not base64");
        return new PrecompiledNormalizer(CharsMap.TryRead(bytes.AsSpan(0, written)) ?? throw map.Fail("the trie's size does not fit the data"));
    }
}
