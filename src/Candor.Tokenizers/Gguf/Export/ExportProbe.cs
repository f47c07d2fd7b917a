namespace Candor.Tokenizers.Gguf;

/// <summary>Texts on which pre-tokenizers, normalizers and vocabularies differ.</summary>
internal static class ExportProbe
{
    private const int TokensTried = 2000;

    private static readonly string[] Texts =
    [
        "Hello world! It's 3.14159, isn't it? I'LL say we've been THERE'S", "  two  spaces\tand tab\n\nlines \n\r\n  end ", "12 123 1234 12345678 3,000 0x1F 1e-5 ½ ² ٣٤ Ⅷ", "naïve café ÀÉÎ straße İstanbul Ångström e\u0301 ﬁ",
        "你好，世界。今天天气很好 日本語のテスト 한국어 문장입니다", "Привет, мир! Γειά σου κόσμε שלום مرحبا नमस्ते สวัสดี", "👨‍👩‍👧 🦙🏽 emoji 🇩🇪 text", "def f(x):\n    return x**2  # comment\n\tif(a&&b){c[i]++;}", "CamelCaseWords snake_case kebab-case path/to/file.txt http://example.org/?q=1&r=2",
        "a\u00A0b\u2003c\u3000d\u200Be", "!!! ... ?? --- ___ ''quote'' \"double\" `tick` «guillemets»", "don't Don'T DON’T l'été", "x\u0000y\u001Fz", "aaaaaaaaaaaaaaaaaaaaaaaa        bbbb", "##heading [CLS] <unk> <0x41>",
    ];

    /// <summary>Whether a vocabulary, read as a GGUF reader would, splits texts as the original does.</summary>
    public static bool Agrees(Tokenizer original, GgufVocabulary vocabulary)
    {
        Tokenizer made;
        try
        {
            made = GgufTokenizer.Create(vocabulary);
        }
        catch (TokenizerFormatException)
        {
            return false;
        }

        return Texts.Concat(Words(original)).All(text => original.Encode(text).AsSpan().SequenceEqual(made.Encode(text)));
    }

    /// <summary>Whether two tokenizers split texts alike, special tokens in them recognised or not, and join them alike.</summary>
    public static bool Agrees(Tokenizer original, JsonTokenizer made)
    {
        IEnumerable<string> special = original.SpecialTokens.Take(50).SelectMany(t => (string[])[t, $"a{t}b {t} c", $"{t}x", $" {t}\n\n{t} y"]);
        foreach (string text in Texts.Concat(Words(original)).Concat(special))
        {
            int[] plain = original.Encode(text), parsed = original.Encode(text, parseSpecial: true);
            if (!plain.AsSpan().SequenceEqual(made.Encode(text)) || !parsed.AsSpan().SequenceEqual(made.Encode(text, parseSpecial: true))) return false;
            if (original.Decode(plain) != made.Decode(plain)) return false;
        }

        return original.Encode("a b", addSpecial: true).AsSpan().SequenceEqual(made.Encode("a b", addSpecial: true));
    }

    /// <summary>Texts of some tokens, which tell whether a whole token is found before its parts are merged.</summary>
    private static IEnumerable<string> Words(Tokenizer tokenizer)
    {
        int step = Math.Max(1, tokenizer.VocabularySize / TokensTried);
        for (int id = 0; id < tokenizer.VocabularySize; id += step)
            if (!tokenizer.IsSpecial(id) && tokenizer.Decode([id]) is { Length: > 1 } text && !text.Contains('\uFFFD')) yield return text;
    }
}
