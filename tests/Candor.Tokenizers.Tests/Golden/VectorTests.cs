using System.Text.Json;

namespace Candor.Tokenizers.Tests.Golden;

public class VectorTests
{
    private const string Area = "tokenizers";

    /// <summary>Every folder of the pack that has a tokenizer.json and vectors.</summary>
    public static TheoryData<string> Folders => FoldersWhere(_ => true);

    /// <summary>Those of the folders for whose path something holds.</summary>
    public static TheoryData<string> FoldersWhere(Predicate<string> holds) => Shared.Rows(Shared.OracleFolders("tokenizers").Where(f =>
        Path.Combine(Shared.Oracle!, "tokenizers", f) is var path
        && File.Exists(Path.Combine(path, "tokenizer.json")) && File.Exists(Path.Combine(path, "vectors.json")) && holds(path)));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Texts_become_the_reference_ids(string folder)
    {
        (JsonTokenizer tokenizer, JsonElement vectors) = Load(folder);
        int count = 0;
        foreach (JsonElement sample in vectors.GetProperty("cases").EnumerateArray())
        {
            string text = sample.Text("text");
            int[] ids = sample.GetProperty("ids").Ints();
            Equal(text, ids, tokenizer.Encode(text, parseSpecial: true));
            if (text.Length < 2000) Equal(text, sample.Get("ids_special")?.Ints() ?? ids, tokenizer.Encode(text, parseSpecial: true, addSpecial: true));
            count += 2;
        }

        GoldenTable.Passed(Area, folder, "ids", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Special_tokens_in_texts_are_plain_text(string folder)
    {
        (JsonTokenizer tokenizer, JsonElement vectors) = Load(folder);
        int count = 0, leaking = 0, same = 0;
        foreach (JsonElement sample in vectors.GetProperty("cases").EnumerateArray())
        {
            string text = sample.Text("text");
            int[] found = tokenizer.Encode(text);

            // Where the reference lets control tokens through, SentencePiece shows what is right; only their normalizers differ.
            bool leaks = sample.Get("plain_leaks")?.GetBoolean() ?? false;
            if (leaks) Assert.DoesNotContain(found, id => tokenizer.IsSpecial(id) && tokenizer.IdToToken(id)?.Contains("unk", StringComparison.OrdinalIgnoreCase) != true);
            else Equal(text, (sample.Get("ids_plain") ?? sample.GetProperty("ids")).Ints(), found);
            if (leaks && sample.Get("spm_ids")?.Ints() is { } safe && found.AsSpan().SequenceEqual(safe)) same++;
            leaking += leaks ? 1 : 0;
            count++;
        }

        Assert.True(same * 2 >= leaking, $"{same} of {leaking} texts with control tokens are what SentencePiece gives");
        GoldenTable.Passed(Area, folder, "plain", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Tokens_stand_at_the_reference_places(string folder)
    {
        (JsonTokenizer tokenizer, JsonElement vectors) = Load(folder);
        int count = 0;
        foreach (JsonElement sample in vectors.GetProperty("cases").EnumerateArray())
        {
            if (sample.Get("offsets") is not { } offsets) continue;
            string text = sample.Text("text");
            Encoding encoding = tokenizer.EncodeDetailed(text, parseSpecial: true);
            Equal(text, sample.GetProperty("ids").Ints(), encoding.Ids);
            if (sample.Get("pieces") is { } pieces) Equal(text, pieces.Strings(), encoding.Tokens);
            Equal(text, offsets.Ints(), GoldenJson.Flat(encoding.Offsets));
            Assert.All(encoding.TypeIds, t => Assert.Equal(0, t));
            Assert.All(encoding.SpecialTokensMask, t => Assert.Equal(0, t));
            count++;
        }

        GoldenTable.Passed(Area, folder, "offsets", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Ids_become_the_reference_text(string folder)
    {
        (JsonTokenizer tokenizer, JsonElement vectors) = Load(folder);
        int count = 0;
        foreach (JsonElement sample in vectors.GetProperty("cases").EnumerateArray())
        {
            int[] ids = sample.GetProperty("ids").Ints();
            string decoded = sample.Get("decoded")?.GetString() ?? sample.Text("text");
            Equal(sample.Text("text"), decoded, tokenizer.Decode(ids));
            Equal(sample.Text("text"), sample.Get("decoded_skip")?.GetString() ?? decoded, tokenizer.Decode(ids, skipSpecial: true));
            count += 2;
        }

        foreach (JsonElement sample in (vectors.Get("decode") ?? default).ValueKind == JsonValueKind.Array ? vectors.GetProperty("decode").EnumerateArray() : default)
        {
            int[] ids = sample.GetProperty("ids").Ints();
            Assert.Equal(sample.Text("text"), tokenizer.Decode(ids));
            Assert.Equal(sample.Text("text_skip"), tokenizer.Decode(ids, skipSpecial: true));
            count += 2;
        }

        GoldenTable.Passed(Area, folder, "decode", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Streams_show_text_as_the_reference_does(string folder)
    {
        (JsonTokenizer tokenizer, JsonElement vectors) = Load(folder);
        if (vectors.Get("stream") is not { } streams) return;
        int count = 0;
        foreach (JsonElement sample in streams.EnumerateArray())
        {
            int[] ids = sample.GetProperty("ids").Ints();
            StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
            string[] shown = [.. ids.Select(decoder.Push)];
            string rest = decoder.Flush();
            foreach (string text in shown) Assert.True(IsWhole(text), text);
            if (sample.Get("quirk") is null)
            {
                Assert.Equal(sample.GetProperty("emit").Strings(), shown);
                Assert.Equal(tokenizer.Decode(ids), string.Concat(shown) + rest);
            }

            Assert.Equal("", decoder.Flush());
            count++;
        }

        GoldenTable.Passed(Area, folder, "stream", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Pairs_become_the_reference_encodings(string folder)
    {
        (JsonTokenizer tokenizer, JsonElement vectors) = Load(folder);
        if (vectors.Get("pairs") is not { } pairs) return;
        int count = 0;
        foreach (JsonElement sample in pairs.EnumerateArray())
        {
            Encoding encoding = tokenizer.EncodePair(sample.Text("a"), sample.Text("b"), parseSpecial: true);
            Assert.Equal(sample.GetProperty("ids").Ints(), encoding.Ids);
            Assert.Equal(sample.GetProperty("type_ids").Ints(), encoding.TypeIds);
            if (sample.Get("special_tokens_mask") is { } mask) Assert.Equal(mask.Ints(), encoding.SpecialTokensMask);
            if (sample.Get("offsets") is { } offsets) Assert.Equal(offsets.Ints(), GoldenJson.Flat(encoding.Offsets));
            count++;
        }

        GoldenTable.Passed(Area, folder, "pairs", count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Batches_are_padded_as_the_file_asks(string folder)
    {
        (JsonTokenizer tokenizer, JsonElement vectors) = Load(folder);
        if (vectors.Get("padded") is not { } padded) return;
        int count = 0;
        foreach (JsonElement sample in padded.EnumerateArray())
        {
            PaddedEncoding encoding = tokenizer.EncodeBatch([sample.Text("text")], parseSpecial: true)[0];
            Assert.Equal(sample.GetProperty("ids").Ints(), encoding.Encoding.Ids);
            if (sample.Get("attention_mask") is { } mask) Assert.Equal(mask.Ints(), encoding.AttentionMask);
            count++;
        }

        GoldenTable.Passed(Area, folder, "padded", count);
    }

    private static (JsonTokenizer Tokenizer, JsonElement Vectors) Load(string folder)
    {
        string path = Shared.RequireOracle("tokenizers", folder);
        return (JsonTokenizer.Load(Path.Combine(path, "tokenizer.json")), GoldenJson.Load(Path.Combine(path, "vectors.json")));
    }

    private static bool IsWhole(string text) => !(text.Length > 0 && (char.IsLowSurrogate(text[0]) || char.IsHighSurrogate(text[^1])));

    private static void Equal<T>(string text, T[] expected, IReadOnlyList<T> found)
    {
        if (!expected.AsSpan().SequenceEqual(found.ToArray()))
            Assert.Fail($"'{(text.Length > 200 ? text[..200] : text)}':\n{string.Join(' ', found.Take(60))}\ninstead of\n{string.Join(' ', expected.Take(60))}");
    }

    private static void Equal(string text, string expected, string found) => Assert.True(expected == found, $"'{text}': '{found}' instead of '{expected}'");
}
