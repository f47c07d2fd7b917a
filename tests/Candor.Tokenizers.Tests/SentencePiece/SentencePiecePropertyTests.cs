using Candor.Tokenizers.SentencePiece;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>What holds for every text and every list of ids.</summary>
public class SentencePiecePropertyTests
{
    private static readonly SentencePieceTokenizer[] Tokenizers =
    [
        SentencePieceTokenizer.Parse(TestModel.Small(), "bpe"),
        SentencePieceTokenizer.Parse(TestModel.Small(dummyPrefix: false), "bpe without prefix"),
        SentencePieceTokenizer.Parse(TestModel.Small(SegmentationKind.Unigram), "unigram"),
        SentencePieceTokenizer.Parse(TestModel.Small(SegmentationKind.Character), "characters"),
    ];

    [Property(MaxTest = 300)]
    public Property Decoding_gives_the_text_back() => Prop.ForAll(RandomText.Arbitrary, text =>
    {
        foreach (SentencePieceTokenizer tokenizer in Tokenizers) Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    });

    [Property(MaxTest = 300)]
    public Property Plain_text_gives_no_control_token_and_offsets_go_forward() => Prop.ForAll(RandomText.Arbitrary, text =>
    {
        int length = text.EnumerateRunes().Count();
        foreach (SentencePieceTokenizer tokenizer in Tokenizers)
        {
            Encoding encoding = tokenizer.EncodeDetailed(text);
            Assert.DoesNotContain(encoding.Ids, tokenizer.IsSpecial);
            int last = 0;
            foreach ((int begin, int end) in encoding.Offsets)
            {
                Assert.True(begin <= end && end <= length && begin >= last - 1);
                last = end;
            }

            Assert.True(encoding.Ids.Count == 0 || last == length);
        }
    });

    [Property(MaxTest = 300)]
    public Property Streamed_text_is_decoded_text(int[] ids, bool skip)
    {
        foreach (SentencePieceTokenizer tokenizer in Tokenizers)
        {
            int[] wrapped = [.. ids.Select(i => (int)((uint)i % (uint)(tokenizer.VocabularySize + 2)))];
            StreamingDecoder decoder = tokenizer.CreateStreamingDecoder(skip);
            string streamed = string.Concat(wrapped.Select(decoder.Push)) + decoder.Flush();
            Assert.Equal(tokenizer.Decode(wrapped, skip), streamed);
        }

        return true.ToProperty();
    }
}
