using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.SentencePiece;
using Candor.Tokenizers.Tests.SentencePiece;

namespace Candor.Tokenizers.Tests.Gguf;

/// <summary>Every <c>vocab.gguf</c> of the pack, against the same vectors as the files it was made from.</summary>
public class GgufGoldenTests
{
    public static TheoryData<string> Folders { get; } = Shared.Rows(Shared.OracleFolders("tokenizers").Where(HasVocabulary));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Ids_equal_the_reference(string name)
    {
        (GgufVocabulary vocabulary, Tokenizer tokenizer, GoldenVectors golden) = Open(name);
        bool sentencePiece = tokenizer is SentencePieceTokenizer;
        var wrong = new List<string>();
        int count = 0;
        foreach (GoldenCase c in golden.Cases)
        {
            int[] plain = (sentencePiece ? c.SpmIds : null) ?? c.IdsPlain ?? c.Ids;
            int[] got = tokenizer.Encode(c.Text);
            if (!got.SequenceEqual(plain)) wrong.Add("plain " + Difference.Describe(c.Text, plain, got));
            count++;
            // A SentencePiece vocabulary does not tell where its own tokenizer puts spaces beside special tokens.
            if (sentencePiece && (c.SpmIds ?? c.IdsPlain) is not null) continue;
            got = tokenizer.Encode(c.Text, parseSpecial: true);
            if (!got.SequenceEqual(c.Ids)) wrong.Add("parsed " + Difference.Describe(c.Text, c.Ids, got));
            count++;
        }

        Difference.None(wrong);
        Assert.NotEmpty(golden.Cases);
        Assert.Equal(vocabulary.Tokens.Count, tokenizer.VocabularySize);
        GoldenTable.Passed("tokenizers", name, "vocab.gguf ids", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Decoded_texts_equal_the_reference(string name)
    {
        (_, Tokenizer tokenizer, GoldenVectors golden) = Open(name);
        bool sentencePiece = tokenizer is SentencePieceTokenizer;
        var wrong = new List<string>();
        int count = 0;
        foreach (GoldenCase c in golden.Cases)
        {
            if (sentencePiece && (c.SpmIds is not null || c.IdsPlain is not null) && c.SpmDecoded is null) continue;
            string expected = (sentencePiece ? c.SpmDecoded : null) ?? c.Decoded ?? c.Text;
            string got = tokenizer.Decode(sentencePiece ? c.SpmIds ?? c.IdsPlain ?? c.Ids : c.Ids);
            if (got != expected) wrong.Add($"{c.Text}: expected <{expected}>, got <{got}>");
            count++;
            if (sentencePiece) continue;
            expected = c.DecodedSkip ?? expected;
            got = tokenizer.Decode(c.Ids, skipSpecial: true);
            if (got != expected) wrong.Add($"{c.Text} skipping: expected <{expected}>, got <{got}>");
        }

        foreach (GoldenDecode c in golden.Decode)
        {
            if (sentencePiece && c.SpmText is null) continue;
            string got = tokenizer.Decode(c.Ids, skipSpecial: true), expected = (sentencePiece ? c.SpmText : c.TextSkip)!;
            if (got != expected) wrong.Add($"{string.Join(' ', c.Ids)}: expected <{expected}>, got <{got}>");
            count++;
            if (sentencePiece) continue;
            got = tokenizer.Decode(c.Ids);
            if (got != c.Text) wrong.Add($"{string.Join(' ', c.Ids)}: expected <{c.Text}>, got <{got}>");
        }

        Difference.None(wrong);
        Assert.True(count > 0);
        GoldenTable.Passed("tokenizers", name, "vocab.gguf decode", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Streamed_text_is_the_decoded_text_and_comes_as_early_as_the_reference_shows_it(string name)
    {
        (GgufVocabulary vocabulary, Tokenizer tokenizer, GoldenVectors golden) = Open(name);
        bool sentencePiece = tokenizer is SentencePieceTokenizer;
        int count = Streaming.Check(tokenizer, golden, id => sentencePiece && id < vocabulary.Tokens.Count && vocabulary.TokenTypes?[id] == (int)PieceType.Unknown);
        GoldenTable.Passed("tokenizers", name, "vocab.gguf stream", count);
    }

    private static bool HasVocabulary(string name) => File.Exists(Path.Combine(Shared.Oracle!, "tokenizers", name, "vocab.gguf"));

    private static (GgufVocabulary Vocabulary, Tokenizer Tokenizer, GoldenVectors Golden) Open(string name)
    {
        GgufVocabulary vocabulary = TestGguf.Read(Shared.RequireOracle("tokenizers", name, "vocab.gguf"));
        return (vocabulary, GgufTokenizer.Create(vocabulary), GoldenVectors.Load(Shared.RequireOracle("tokenizers", name, "vectors.json")));
    }
}
