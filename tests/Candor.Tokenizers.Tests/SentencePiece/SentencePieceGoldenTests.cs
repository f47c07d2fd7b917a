using Candor.Tokenizers.SentencePiece;

namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>Every <c>tokenizer.model</c> of the pack, against what SentencePiece gives.</summary>
public class SentencePieceGoldenTests
{
    public static TheoryData<string> Folders { get; } = Shared.Rows(Shared.OracleFolders("tokenizers").Where(HasModel));

    public static TheoryData<string> MistralVectors { get; } = Shared.Rows(MistralFiles());

    [Theory]
    [MemberData(nameof(Folders))]
    public void Ids_equal_those_of_SentencePiece(string name)
    {
        (SentencePieceTokenizer tokenizer, GoldenVectors golden) = Open(name);
        var wrong = new List<string>();
        foreach (GoldenCase c in golden.Cases)
        {
            int[] expected = c.SpmIds ?? c.IdsPlain ?? c.Ids;
            int[] got = tokenizer.Encode(c.Text);
            if (!got.SequenceEqual(expected)) wrong.Add(Difference.Describe(c.Text, expected, got));
        }

        Difference.None(wrong);
        Assert.NotEmpty(golden.Cases);
        GoldenTable.Passed("tokenizers", name, "tokenizer.model ids", golden.Cases.Count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Decoded_texts_equal_those_of_SentencePiece(string name)
    {
        (SentencePieceTokenizer tokenizer, GoldenVectors golden) = Open(name);
        var wrong = new List<string>();
        int count = 0;
        foreach (GoldenCase c in golden.Cases.Where(c => c.SpmIds is null && c.IdsPlain is null || c.SpmDecoded is not null))
        {
            string expected = c.SpmDecoded ?? c.Decoded ?? c.Text;
            string got = tokenizer.Decode(c.SpmIds ?? c.IdsPlain ?? c.Ids);
            if (got != expected) wrong.Add($"{c.Text}: expected <{expected}>, got <{got}>");
            count++;
        }

        foreach (GoldenDecode c in golden.Decode.Where(c => c.SpmText is not null))
        {
            string got = tokenizer.Decode(c.Ids, skipSpecial: true);
            if (got != c.SpmText) wrong.Add($"{string.Join(' ', c.Ids)}: expected <{c.SpmText}>, got <{got}>");
            count++;
        }

        Difference.None(wrong);
        Assert.True(count > 0);
        GoldenTable.Passed("tokenizers", name, "tokenizer.model decode", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Streamed_text_is_the_decoded_text_and_comes_as_early_as_the_reference_shows_it(string name)
    {
        (SentencePieceTokenizer tokenizer, GoldenVectors golden) = Open(name);
        int count = Streaming.Check(tokenizer, golden, id => tokenizer.TypeOf(id) == PieceType.Unknown);
        GoldenTable.Passed("tokenizers", name, "tokenizer.model stream", count);
    }

    [Theory]
    [MemberData(nameof(MistralVectors))]
    public void Mistral_vocabularies_give_the_reference_ids_and_texts(string file)
    {
        GoldenVectors golden = GoldenVectors.Load(Shared.RequireOracle("tokenizers", "mistral", file));
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(Shared.RequireOracle("tokenizers", "mistral", golden.File!));
        var wrong = new List<string>();
        foreach (GoldenCase c in golden.Cases)
        {
            Encoding got = tokenizer.EncodeDetailed(c.Text);
            if (!got.Ids.SequenceEqual(c.Ids)) wrong.Add(Difference.Describe(c.Text, c.Ids, got.Ids));
            string decoded = tokenizer.Decode(c.Ids);
            if (decoded != (c.Decoded ?? c.Text)) wrong.Add($"{c.Text}: decoded to <{decoded}>");
        }

        foreach (GoldenDecode c in golden.Decode)
        {
            string skip = tokenizer.Decode(c.Ids, skipSpecial: true);
            if (skip != c.Skip) wrong.Add($"{string.Join(' ', c.Ids)}: expected <{c.Skip}>, got <{skip}>");
            string keep = string.Concat(c.Ids.Select(tokenizer.IdToToken));
            if (keep != c.Keep) wrong.Add($"{string.Join(' ', c.Ids)}: expected pieces <{c.Keep}>, got <{keep}>");
        }

        Difference.None(wrong);
        GoldenTable.Passed("tokenizers", "mistral/" + golden.File, "ids and decode", golden.Cases.Count + golden.Decode.Count);
    }

    private static IEnumerable<string> MistralFiles()
    {
        if (Shared.Oracle is null) return [];
        string folder = Path.Combine(Shared.Oracle, "tokenizers", "mistral");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "spm-*-vectors.json").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal) : [];
    }

    private static bool HasModel(string name) => File.Exists(Path.Combine(Shared.Oracle!, "tokenizers", name, "tokenizer.model"));

    private static (SentencePieceTokenizer Tokenizer, GoldenVectors Golden) Open(string name) =>
        (SentencePieceTokenizer.Load(Shared.RequireOracle("tokenizers", name, "tokenizer.model")), GoldenVectors.Load(Shared.RequireOracle("tokenizers", name, "vectors.json")));
}
