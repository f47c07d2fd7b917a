using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.Regex;
using Candor.Tokenizers.Tests.SentencePiece;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Candor.Tokenizers.Tests.Gguf;

/// <summary>Vocabularies of our own, good and bad.</summary>
public class GgufTests
{
    public static TheoryData<string> Names { get; } = new(NamedPreTokenizers.Names);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_pre_tokenizer_keeps_the_text_whole(string name)
    {
        Tokenizer tokenizer = GgufTokenizer.Create(BytePairs(name));
        bool composes = NamedPreTokenizers.Find(name)!.Compose;
        Prop.ForAll(RandomText.Arbitrary, text =>
        {
            string back = tokenizer.Decode(tokenizer.Encode(text));
            if (!composes) Assert.Equal(text, back);
            else Assert.Equal(tokenizer.Encode(text), tokenizer.Encode(back));
            Assert.DoesNotContain(tokenizer.Encode(text), tokenizer.IsSpecial);
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_pre_tokenizer_is_quick_on_long_runs(string name)
    {
        Tokenizer tokenizer = GgufTokenizer.Create(BytePairs(name));
        foreach (string unit in new[] { "a", " ", "\n", "1", "!", "aA", "\u0301", "é1 ", "' s", "\t \r" })
        {
            double begin = ThreadClock.Seconds;
            tokenizer.Encode(string.Concat(Enumerable.Repeat(unit, 50_000)));
            double taken = ThreadClock.Seconds - begin;
            Assert.True(taken < 20, $"{name} took {taken} s for a run of \"{unit}\"");
        }
    }

    [Fact]
    public void An_unknown_pre_tokenizer_or_model_is_named_with_what_is_supported()
    {
        string message = Assert.Throws<TokenizerFormatException>(() => GgufTokenizer.Create(BytePairs("martian"))).Message;
        Assert.Contains("martian", message, StringComparison.Ordinal);
        Assert.Contains("llama-bpe", message, StringComparison.Ordinal);
        message = Assert.Throws<TokenizerFormatException>(() => GgufTokenizer.Create(BytePairs("gpt-2") with { Model = "martian" })).Message;
        Assert.Contains("martian", message, StringComparison.Ordinal);
        Assert.Throws<TokenizerFormatException>(() => GgufTokenizer.Create(BytePairs("gpt-2") with { Model = "none" }));
    }

    [Fact]
    public void Special_tokens_of_a_user_are_plain_text()
    {
        Tokenizer tokenizer = GgufTokenizer.Create(BytePairs("qwen2") with { AddBos = true, BosId = 0, AddEos = true, EosId = 1 });
        const string text = "hi<|im_end|>\n<|im_start|>";
        Assert.DoesNotContain(tokenizer.Encode(text), tokenizer.IsSpecial);
        Encoding parsed = tokenizer.EncodeDetailed(text, parseSpecial: true, addSpecial: true);
        Assert.Equal([0, 1, 0, 1], parsed.Ids.Where(tokenizer.IsSpecial));
        Assert.Equal(text, tokenizer.Decode([.. parsed.Ids.Skip(1).SkipLast(1)]));
        Assert.Equal("hi\n", tokenizer.Decode([.. parsed.Ids], skipSpecial: true));
    }

    [Fact]
    public void Ids_out_of_range_and_unknown_pieces_are_refused()
    {
        GgufVocabulary good = BytePairs("gpt-2");
        GgufVocabulary[] bad =
        [
            good with { BosId = good.Tokens.Count },
            good with { EosId = -5 },
            good with { MaskId = int.MaxValue },
            good with { Merges = ["h e", "q zz"] },
            good with { Merges = ["zz q"] },
            good with { Merges = ["a b"] },
            good with { Merges = ["he"] },
            good with { Merges = [" "] },
            good with { Merges = [""] },
            good with { Merges = null },
            good with { Tokens = [] },
            good with { TokenTypes = [1, 2] },
            good with { Scores = [1f] },
            Pieces("<0x-1>"),
            Pieces("<0xZZ>"),
            Pieces("<0x1FF>"),
            Pieces("x") with { TokenTypes = [2, 3, 3, 77] },
            Pieces("x") with { PrecompiledCharsmap = new byte[] { 255, 255, 255, 255, 1 } },
            Pieces("x") with { Scores = [0, 0, 0, float.NaN] },
            Pieces(new string('x', 9000)) with { TokenTypes = [2, 3, 3, 1] },
            good with { Model = "rwkv", Tokens = ["\\q"], TokenTypes = null },
            good with { Model = "bert", Tokens = ["\u2581a"], TokenTypes = null },
        ];
        foreach (GgufVocabulary vocabulary in bad)
        {
            var e = Assert.Throws<TokenizerFormatException>(() => GgufTokenizer.Create(vocabulary));
            Assert.StartsWith("test.gguf: ", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    [Fact]
    public void Empty_spellings_and_equal_spellings_are_taken_as_they_come()
    {
        GgufVocabulary vocabulary = Pieces("") with { Tokens = ["<unk>", "<s>", "</s>", "", "a", "a", "\u2581a"], TokenTypes = [2, 3, 3, 1, 1, 1, 1], Scores = null };
        Tokenizer tokenizer = GgufTokenizer.Create(vocabulary);
        Assert.Equal([6], tokenizer.Encode("a"));
        Assert.Equal([1, 6], tokenizer.Encode("a", addSpecial: true));
        Assert.Equal("a", tokenizer.Decode([3, 6]));
        foreach (string model in new[] { "rwkv", "gpt2" }) GgufTokenizer.Create(vocabulary with { Model = model, Merges = [] }).Encode("aa b");
    }

    [Fact]
    public void Missing_types_are_seen_from_the_spelling()
    {
        string[] tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), "\u2581", "h", "i", "hi", "\u2581hi"];
        Tokenizer tokenizer = GgufTokenizer.Create(new GgufVocabulary { Source = "test.gguf", Model = "llama", Tokens = tokens, Scores = [.. tokens.Select((_, i) => -(float)i)] });
        Assert.Equal("hi é🙂</s>", tokenizer.Decode(tokenizer.Encode("hi é🙂</s>")));
        Assert.True(tokenizer.IsSpecial(1));
        Assert.Equal([1, tokens.Length - 1], tokenizer.Encode("hi", addSpecial: true));
    }

    [Fact]
    public void Phi3_swallows_white_space_after_its_control_tokens()
    {
        GgufVocabulary vocabulary = Pieces("\u2581a") with { Tokens = ["<unk>", "<s>", "<|user|>", "\u2581a"], ModelName = "Phi-3 mini", EosId = 1, AddBos = false };
        Assert.Equal([2, 3], GgufTokenizer.Create(vocabulary).Encode("<|user|>\n \u00A0a", parseSpecial: true));
    }

    [Fact]
    public void Rwkv_takes_the_longest_token_at_each_place()
    {
        Tokenizer tokenizer = GgufTokenizer.Create(new GgufVocabulary { Source = "test.gguf", Model = "rwkv", Tokens = ["<s>", "a", "ab", "\\x0a", "\\n\\n", "\\xe4\\xbd", "\\xa0", "é"], TokenTypes = [3, 1, 1, 1, 1, 1, 1, 1] });
        Assert.Equal([2, 1, 4, 3, 5, 6, 7], tokenizer.Encode("aba\n\n\n你é"));
        Assert.Equal("aba\n\n\n你é", tokenizer.Decode([2, 1, 4, 3, 5, 6, 7]));
    }

    [Theory]
    [InlineData(null, "\u2581Hi", "Hi")]
    [InlineData(true, "\u2581Hi", "[UNK]")]
    [InlineData(null, "\u2581hi", "hi")]
    public void Case_follows_the_file_or_the_vocabulary(bool? lowercase, string word, string expected)
    {
        var vocabulary = new GgufVocabulary { Source = "test.gguf", Model = "bert", Tokens = ["[UNK]", "[CLS]", "[SEP]", word, "\u2581,"], TokenTypes = [2, 3, 3, 1, 1], Lowercase = lowercase, UnknownId = 0 };
        Tokenizer tokenizer = GgufTokenizer.Create(vocabulary);
        Assert.Equal(["[CLS]", expected, ",", "[SEP]"], tokenizer.EncodeDetailed("Hi,", addSpecial: true).Tokens);
        Assert.Equal("hi,", GgufTokenizer.Create(vocabulary with { Tokens = ["[UNK]", "[CLS]", "[SEP]", "\u2581hi", "\u2581,"] }).Decode([3, 4]));
    }

    [Theory]
    [InlineData("llama-bpe", "I'm 1234 it's\n\n x", "I|'m| |123|4| it|'s|\n\n| x")]
    [InlineData("gpt-2", "I'm 1234  x", "I|'m| 1234| | x")]
    [InlineData("qwen2", "a12 b", "a|1|2| b")]
    [InlineData("afmoe", "12345678", "12|345|678")]
    [InlineData("tiny_aya", "1234567", "1|234|567")]
    [InlineData("superbpe", "a 1234567 b", "a |1|234|567| b")]
    [InlineData("kimi-k2", "你好abc 12", "你好|abc| |12")]
    [InlineData("bloom", "a, b", "a|,| b")]
    [InlineData("viking", "a12", "a|1|2")]
    [InlineData("deepseek-coder", "a,12\nb", "a|,|1|2|\n|b")]
    [InlineData("exaone-moe", "ab cd 1", "ab cd| |1")]
    public void Patterns_cut_as_published(string name, string text, string expected)
    {
        // With every possible merge of two neighbours a word becomes as few tokens as its pieces allow; here words are seen directly.
        PreTokenizer family = NamedPreTokenizers.Find(name)!;
        int[] points = [.. text.EnumerateRunes().Select(r => r.Value)];
        List<(int Begin, int End)> words = [(0, points.Length)];
        foreach (string pattern in family.Patterns)
        {
            var cut = new List<(int, int)>();
            foreach ((int begin, int end) in words)
            {
                int last = begin;
                foreach ((int from, int to) in Pattern.Compile(pattern).Matches(points.AsSpan(begin, end - begin)))
                {
                    if (begin + from > last) cut.Add((last, begin + from));
                    if (to > from) cut.Add((begin + from, begin + to));
                    last = begin + to;
                }

                if (end > last) cut.Add((last, end));
            }

            words = cut;
        }

        Assert.Equal(expected, string.Join('|', words.Select(w => string.Concat(points[w.Begin..w.End].Select(char.ConvertFromUtf32)))));
    }

    private static GgufVocabulary BytePairs(string pre)
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(b => Candor.Tokenizers.ByteLevel.ByteAlphabet.ToChar((byte)b).ToString())];
        string[] tokens = ["<|im_start|>", "<|im_end|>", .. bytes, "he", "ll", "hell", "\u0120t", "\u0120the", "12", "\u010A\u010A", "\u00C3\u00A9"];
        return new GgufVocabulary
        {
            Source = "test.gguf",
            Model = "gpt2",
            Pre = pre,
            Tokens = tokens,
            TokenTypes = [3, 3, .. Enumerable.Repeat(1, tokens.Length - 2)],
            Merges = ["h e", "l l", "he ll", "\u0120 t", "\u0120t he", "1 2", "\u010A \u010A", "\u00C3 \u00A9"],
        };
    }

    private static GgufVocabulary Pieces(string last) => new()
    {
        Source = "test.gguf",
        Model = "llama",
        Tokens = ["<unk>", "<s>", "</s>", last],
        TokenTypes = [2, 3, 3, last.StartsWith("<0x", StringComparison.Ordinal) ? 6 : 1],
    };
}
