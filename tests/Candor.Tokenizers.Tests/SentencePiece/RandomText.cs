using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>Texts of the kinds that tokenizers stumble over.</summary>
internal static class RandomText
{
    private static readonly string[] Parts =
    [
        " ", "  ", "\n", "\r\n", "\t", "hello", " the", "The", "in", "er", "don't", "'LL", "é", "e\u0301", "你好", "🙂", "👩‍👩‍👧", "\u200B", "\u0000", "\uFFFD", "\u0085", "1", "23", "456", "½", "²",
        "<s>", "</s>", "<unk>", "<0x41>", "[x]", "[INST]", "<|im_end|>", "ſ", "İ", "각", "\uD55C", "ب", "—", "...", "http://a.b", "_", "{}", "a", "b", "\u3000", "\u180E", "\uE000", "\U0010FFFF",
    ];

    /// <summary>Texts without U+2581, which SentencePiece cannot tell from a space.</summary>
    public static Arbitrary<string> Arbitrary { get; } = Gen.ListOf(Gen.Frequency(
            (6, Gen.Elements(Parts)),
            (1, Gen.Choose(0, 0x10FFFF).Select(p => Rune.IsValid(p) && p != 0x2581 ? new Rune(p).ToString() : "x"))))
        .Select(parts => string.Concat(parts)).ToArbitrary();
}
