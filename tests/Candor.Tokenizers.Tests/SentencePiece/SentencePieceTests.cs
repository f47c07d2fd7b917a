using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>What a SentencePiece tokenizer promises, on small models of our own.</summary>
public class SentencePieceTests
{
    private static SentencePieceTokenizer Open(byte[] model, SentencePieceOptions? options = null) => SentencePieceTokenizer.Parse(model, "small.model", options);

    [Fact]
    public void Pairs_merge_by_score_and_unknown_characters_become_bytes()
    {
        SentencePieceTokenizer tokenizer = Open(TestModel.Small());
        Assert.Equal(["▁hello", "▁world", "<0xF0>", "<0x9F>", "<0x99>", "<0x82>"], tokenizer.EncodeDetailed("hello world🙂").Tokens);
        Assert.Equal([(0, 5), (5, 11), (11, 12), (11, 12), (11, 12), (11, 12)], tokenizer.EncodeDetailed("hello world🙂").Offsets);
    }

    [Fact]
    public void Runs_of_unknown_characters_are_one_token_without_byte_tokens()
    {
        SentencePieceTokenizer tokenizer = Open(TestModel.Small(byteFallback: false));
        Encoding encoding = tokenizer.EncodeDetailed("a\u0416\u0416b");
        Assert.Equal(["▁a", "<unk>", "b"], encoding.Tokens);
        Assert.Equal((1, 3), encoding.Offsets[1]);
        Assert.Equal("a \u2047 b", tokenizer.Decode([.. encoding.Ids]));
    }

    [Fact]
    public void Control_tokens_in_text_are_plain_text_unless_asked_for()
    {
        SentencePieceTokenizer tokenizer = Open(TestModel.Small());
        const string text = "hello</s> world<s><unk>";
        Assert.DoesNotContain(tokenizer.Encode(text), tokenizer.IsSpecial);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Encoding parsed = tokenizer.EncodeDetailed(text, parseSpecial: true, addSpecial: true);
        Assert.Equal(["<s>", "</s>", "<s>"], parsed.Ids.Where(tokenizer.IsSpecial).Select(i => tokenizer.IdToToken(i)));
        Assert.Equal(1, parsed.SpecialTokensMask.Sum());
    }

    [Theory]
    [InlineData(true, "▁a|</s>|▁a")]
    [InlineData(false, "▁a|</s>|a")]
    public void The_stretch_after_a_special_token_gets_a_space_as_the_options_say(bool prefix, string expected)
    {
        SentencePieceTokenizer tokenizer = Open(TestModel.Small(), new SentencePieceOptions { PrefixAfterSpecial = prefix });
        Assert.Equal(expected, string.Join('|', tokenizer.EncodeDetailed("a</s>a", parseSpecial: true).Tokens));
    }

    [Fact]
    public void User_defined_symbols_are_always_one_token()
    {
        SentencePieceTokenizer tokenizer = Open(TestModel.Small());
        Assert.Equal(["▁a", "[x]", "b"], tokenizer.EncodeDetailed("a[x]b").Tokens);
    }

    [Fact]
    public void Unused_pieces_take_part_in_merging_and_are_taken_apart_again()
    {
        byte[] model = new TestModel().Piece("<unk>", 0, PieceType.Unknown)
            .Piece("abc", -1, PieceType.Normal).Piece("ab", -2, PieceType.Unused).Piece("a", -3, PieceType.Normal).Piece("b", -4, PieceType.Normal).Piece("c", -5, PieceType.Normal)
            .Settings(SegmentationKind.Bpe, false, false, false).Bytes;
        Assert.Equal(["abc", "a", "b"], Open(model).EncodeDetailed("abcab").Tokens);
    }

    [Fact]
    public void The_dummy_space_may_stand_at_the_end()
    {
        byte[] model = new TestModel().Piece("<unk>", 0, PieceType.Unknown)
            .Piece("a", -1, PieceType.Normal).Piece("▁", -2, PieceType.Normal).Piece("a▁", -3, PieceType.Normal)
            .Settings(SegmentationKind.Bpe, false, true, true, suffix: true).Bytes;
        Assert.Equal(["a▁", "a▁"], Open(model).EncodeDetailed("  a   a ").Tokens);
    }

    [Theory]
    [InlineData(SegmentationKind.Word, "▁hello|▁world|▁the")]
    [InlineData(SegmentationKind.Character, "▁|h|e|l|l|o|▁|w|o|r|l|d|▁|t|h|e")]
    [InlineData(SegmentationKind.Unigram, "▁hello|▁world|▁the")]
    [InlineData(SegmentationKind.Bpe, "▁hello|▁world|▁the")]
    internal void Every_kind_of_model_cuts_text_its_way(SegmentationKind kind, string expected) =>
        Assert.Equal(expected, string.Join('|', Open(TestModel.Small(kind)).EncodeDetailed("hello world the").Tokens));

    [Fact]
    public void Decoding_keeps_good_characters_among_broken_bytes()
    {
        SentencePieceTokenizer tokenizer = Open(TestModel.Small());
        int[] ids = [.. new[] { "<0x41>", "<0xFF>", "<0xE4>", "<0xBD>", "<0x41>" }.Select(t => tokenizer.TokenToId(t)!.Value)];
        Assert.Equal("A\uFFFD\uFFFD\uFFFDA", tokenizer.Decode(ids));
    }

    [Fact]
    public void Ids_outside_the_vocabulary_give_nothing()
    {
        SentencePieceTokenizer tokenizer = Open(TestModel.Small());
        Assert.Equal("", tokenizer.Decode([-1, int.MaxValue, tokenizer.VocabularySize]));
        Assert.Null(tokenizer.IdToToken(-1));
        Assert.Null(tokenizer.TypeOf(tokenizer.VocabularySize));
    }

    [Fact]
    public void Contradictions_are_told_in_one_line()
    {
        byte[] noUnknown = new TestModel().Piece("a", 0, PieceType.Normal).Settings(SegmentationKind.Bpe, false, true, false).Bytes;
        byte[] twice = new TestModel().Piece("<unk>", 0, PieceType.Unknown).Piece("a", 0, PieceType.Normal).Piece("a", 0, PieceType.Normal).Bytes;
        byte[] badByte = new TestModel().Piece("<unk>", 0, PieceType.Unknown).Piece("<0x-1>", 0, PieceType.Byte).Settings(SegmentationKind.Bpe, true, true, false).Bytes;
        byte[] badType = new TestModel().Piece("<unk>", 0, PieceType.Unknown).Piece("a", 0, (PieceType)9).Bytes;
        byte[] notANumber = new TestModel().Piece("<unk>", float.NaN, PieceType.Unknown).Bytes;
        foreach (byte[] model in new[] { [], noUnknown, twice, badByte, badType, notANumber, [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "{}"u8.ToArray() })
        {
            var e = Assert.Throws<TokenizerFormatException>(() => Open(model));
            Assert.StartsWith("small.model: ", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    [Fact]
    public void Long_runs_take_time_in_proportion_to_their_length()
    {
        foreach (SegmentationKind kind in new[] { SegmentationKind.Bpe, SegmentationKind.Unigram })
        {
            SentencePieceTokenizer tokenizer = Open(TestModel.Small(kind));
            foreach (string unit in new[] { "a", "lo", " ", "hello", "\u0416", "[x" })
            {
                double begin = ThreadClock.Seconds;
                string text = string.Concat(Enumerable.Repeat(unit, 200_000));
                Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
                double taken = ThreadClock.Seconds - begin;
                Assert.True(taken < 20, $"{kind} took {taken} s for a run of \"{unit}\"");
            }
        }
    }
}
