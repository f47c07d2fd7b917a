using System.Text.Json;
using System.Text.RegularExpressions;
using Candor.Tokenizers.Tests.Golden;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Candor.Tokenizers.Tests.Json;

/// <summary>Properties of tokenizers, on all golden folders and random texts.</summary>
public partial class RoundTripTests
{
    private static readonly string[] Parts =
        ["Hello", " ", "  ", "\n", "\t", "world", "'s", "don't", "123", "é", "e\u0301", "ﬁ", "你好", "🦙", "👨‍👩‍👧", "\u00A0", "\u3000", "<s>", "</s>", "[CLS]", "<|im_end|>",
         "<mask>", "##ing", "▁", "Ġ", "</w>", "<0x41>", "K", "ſ", "İ", "한국", "ก็", "\uD800", "\0", "!", "...", "a", "ab", "ABC", "_", "½"];

    private static readonly Arbitrary<string> RandomTexts = Gen.OneOf(
        Gen.Elements(Parts).ListOf().Select(string.Concat),
        ArbMap.Default.GeneratorFor<string>().Select(s => s ?? "")).ToArbitrary();

    public static TheoryData<string> Folders => VectorTests.Folders;

    /// <summary>Byte-level tokenizers that change nothing on the way.</summary>
    public static TheoryData<string> LosslessFolders => VectorTests.FoldersWhere(path =>
    {
        JsonElement json = GoldenJson.Load(Path.Combine(path, "tokenizer.json"));
        bool Takes(JsonElement token, string side) => token.Get(side)?.GetBoolean() == true;
        return json.Get("decoder") is { ValueKind: JsonValueKind.Object } decoder && decoder.Text("type") == "ByteLevel"
            && json.Get("normalizer") is null or { ValueKind: JsonValueKind.Null }
            && !PrefixSpace().IsMatch(json.GetProperty("pre_tokenizer").GetRawText())
            && !json.GetProperty("added_tokens").EnumerateArray().Any(t => Takes(t, "lstrip") || Takes(t, "rstrip"));
    });

    [GeneratedRegex("\"add_prefix_space\":\\s*true|\"Removed\"")]
    private static partial System.Text.RegularExpressions.Regex PrefixSpace();

    private static JsonTokenizer Load(string folder) => JsonTokenizer.Load(Path.Combine(Shared.RequireOracle("tokenizers", folder), "tokenizer.json"));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Encodings_agree_with_themselves(string folder)
    {
        JsonTokenizer tokenizer = Load(folder);
        Prop.ForAll(RandomTexts, text =>
        {
            int length = text.EnumerateRunes().Count();
            foreach (bool parse in (bool[])[false, true])
            {
                Encoding encoding = tokenizer.EncodeDetailed(text, parse, addSpecial: true);
                Assert.Equal(encoding.Ids, tokenizer.Encode(text, parse, addSpecial: true));
                Assert.Equal(encoding.Ids, tokenizer.Encode(text, parse, addSpecial: true));
                Assert.All(encoding.Ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
                Assert.All(encoding.Offsets, o => Assert.True(0 <= o.Begin && o.Begin <= o.End && o.End <= length, o.ToString()));
            }

            // Plain text never gives a control token, but for the unknown one.
            int[] plain = tokenizer.Encode(text);
            Assert.DoesNotContain(plain, id => tokenizer.IsSpecial(id) && !tokenizer.IdToToken(id)!.Contains("unk", StringComparison.OrdinalIgnoreCase)
                && tokenizer.IdToToken(id) != "<|endoftext|>");
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Streams_add_up_to_the_whole(string folder)
    {
        JsonTokenizer tokenizer = Load(folder);
        string json = File.ReadAllText(Path.Combine(Shared.RequireOracle("tokenizers", folder), "tokenizer.json"));
        bool bytes = json.Contains("\"decoder\":{\"type\":\"ByteLevel\"", StringComparison.Ordinal) || json.Contains("\"decoder\": {\n    \"type\": \"ByteLevel\"", StringComparison.Ordinal);
        Prop.ForAll(Gen.Choose(0, tokenizer.VocabularySize).ArrayOf().ToArbitrary(), ids =>
        {
            StreamingDecoder decoder = tokenizer.CreateStreamingDecoder(skipSpecial: true);
            string shown = string.Concat(ids.Select(decoder.Push)) + decoder.Flush();
            if (bytes) Assert.Equal(tokenizer.Decode(ids, skipSpecial: true), shown);
            Assert.Equal("", decoder.Flush());
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(LosslessFolders))]
    public void Byte_level_texts_come_back(string folder)
    {
        JsonTokenizer tokenizer = Load(folder);
        Prop.ForAll(RandomTexts, text =>
        {
            string valid = string.Concat(text.EnumerateRunes());
            Assert.Equal(valid, tokenizer.Decode(tokenizer.Encode(text)));
            Assert.Equal(valid, tokenizer.Decode(tokenizer.Encode(text, parseSpecial: true)));
        }).QuickCheckThrowOnFailure();
    }
}
