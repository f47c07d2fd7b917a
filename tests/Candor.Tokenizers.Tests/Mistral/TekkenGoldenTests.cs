using Candor.Tokenizers.Mistral;
using Candor.Tokenizers.Tests.SentencePiece;

namespace Candor.Tokenizers.Tests.Mistral;

/// <summary>Every tekken file of the pack that has vectors.</summary>
public class TekkenGoldenTests
{
    public static TheoryData<string> Vectors { get; } = Shared.Rows(Files("tekken-*-vectors.json").Where(HasTokenizer));

    public static TheoryData<string> Tokenizers { get; } = Shared.Rows(Files("tekken-*.json").Where(f => !f.EndsWith("-vectors.json", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Ids_bytes_and_texts_equal_the_reference(string file)
    {
        GoldenVectors golden = GoldenVectors.Load(Shared.RequireOracle("tokenizers", "mistral", file));
        TekkenTokenizer tokenizer = TekkenTokenizer.Load(Shared.RequireOracle("tokenizers", "mistral", golden.File!));
        var wrong = new List<string>();
        foreach (GoldenCase c in golden.Cases)
        {
            Encoding got = tokenizer.EncodeDetailed(c.Text);
            if (!got.Ids.SequenceEqual(c.Ids)) wrong.Add(Difference.Describe(c.Text, c.Ids, got.Ids));
            if (c.Bytes is not null) Assert.Equal(c.Bytes, c.Ids.Select(i => Convert.ToHexStringLower(tokenizer.TokenBytes(i).Span)));
            if (tokenizer.Decode(c.Ids) != c.Text) wrong.Add($"{c.Text}: decoded to <{tokenizer.Decode(c.Ids)}>");
        }

        foreach (GoldenDecode c in golden.Decode)
        {
            if (tokenizer.Decode(c.Ids, skipSpecial: true) != c.Skip) wrong.Add($"{string.Join(' ', c.Ids)}: expected <{c.Skip}>, got <{tokenizer.Decode(c.Ids, skipSpecial: true)}>");
            if (tokenizer.Decode(c.Ids) != c.Keep) wrong.Add($"{string.Join(' ', c.Ids)}: expected <{c.Keep}>, got <{tokenizer.Decode(c.Ids)}>");
            StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
            Assert.Equal(c.Keep, string.Concat(c.Ids.Select(decoder.Push)) + decoder.Flush());
        }

        Difference.None(wrong);
        GoldenTable.Passed("tokenizers", "mistral/" + golden.File, "ids and decode", golden.Cases.Count + golden.Decode.Count);
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Offsets_cover_the_text_and_special_tokens_are_recognised_only_when_asked_for(string file)
    {
        TekkenTokenizer tokenizer = TekkenTokenizer.Load(Shared.RequireOracle("tokenizers", "mistral", file));
        const string text = "naïve 你好 🙂[INST] 👩‍👩‍👧 x</s>";
        Encoding plain = tokenizer.EncodeDetailed(text);
        Assert.DoesNotContain(plain.Ids, tokenizer.IsSpecial);
        Assert.Equal(0, plain.Offsets[0].Begin);
        Assert.Equal(text.EnumerateRunes().Count(), plain.Offsets[^1].End);
        for (int i = 1; i < plain.Offsets.Count; i++) Assert.InRange(plain.Offsets[i].Begin, plain.Offsets[i - 1].End - 1, plain.Offsets[i - 1].End);
        Encoding parsed = tokenizer.EncodeDetailed(text, parseSpecial: true, addSpecial: true);
        Assert.Equal(["<s>", "[INST]", "</s>"], parsed.Ids.Where(tokenizer.IsSpecial).Select(i => tokenizer.IdToToken(i)));
        Assert.Equal(1, parsed.SpecialTokensMask.Sum());
        Assert.Equal("<s>" + text, tokenizer.Decode([.. parsed.Ids]));
    }

    private static IEnumerable<string> Files(string pattern)
    {
        if (Shared.Oracle is null) return [];
        string folder = Path.Combine(Shared.Oracle, "tokenizers", "mistral");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, pattern).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal) : [];
    }

    private static bool HasTokenizer(string vectors) =>
        GoldenVectors.Load(Path.Combine(Shared.Oracle!, "tokenizers", "mistral", vectors)).File is { } file && File.Exists(Path.Combine(Shared.Oracle!, "tokenizers", "mistral", file));
}
