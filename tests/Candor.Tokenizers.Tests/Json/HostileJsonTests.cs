using System.Diagnostics;
using System.Text;
using Candor.Tokenizers.Tests.Golden;

namespace Candor.Tokenizers.Tests.Json;

public class HostileJsonTests
{
    private static readonly string[] Texts = ["", "Hello, world! 123 <s> </s> [CLS] é 你好 🦙\n\n  x", "a</s>b", "\0\uFFFD\u0301", "▁▁ ab"];

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"model": {}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "post_processor": {"\uD800": 1, "type": "BertProcessing"}}""")]
    [InlineData("""{"model": 7}""")]
    [InlineData("""{"model": {"type": "GPT", "vocab": {}}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 2147483647}, "merges": []}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 1.5}, "merges": []}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a  b"]}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", 1]]}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"\uD800": 0}, "merges": []}}""")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [["a"]]}}""")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [["a", 1e999]]}}""")]
    [InlineData("""{"model": {"type": "Unigram", "unk_id": 5, "vocab": [["a", 0]]}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "added_tokens": [{"id": -1, "content": "x"}]}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "added_tokens": [{"content": "x"}]}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "normalizer": {"type": "Magic"}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "####"}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "/////w=="}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated"}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Sideways"}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "pre_tokenizer": {"type": "FixedLength", "length": 0}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "pre_tokenizer": {"type": "Metaspace", "replacement": ""}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}], "pair": []}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "post_processor": {"type": "BertProcessing", "sep": ["a"], "cls": ["a", 0]}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "decoder": {"type": "Strip", "content": "ab"}}""")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "padding": {"strategy": {"Fixed": 2000000000}}}""")]
    public void Refuses_in_one_line_that_names_the_field(string json)
    {
        var fault = Assert.Throws<TokenizerFormatException>(() => JsonTokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "t.json"));
        Assert.StartsWith("t.json: ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        Assert.True(fault.Message.Length < 400);
    }

    [Theory]
    [InlineData("""{"type":"Sequence","normalizers":[""", "]}")]
    [InlineData("[", "]")]
    public void Refuses_deep_nesting(string open, string close)
    {
        string json = "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{}},\"normalizer\":" + string.Concat(Enumerable.Repeat(open, 100_000))
            + string.Concat(Enumerable.Repeat(close, 100_000)) + "}";
        Assert.Throws<TokenizerFormatException>(() => JsonTokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "t.json"));
    }

    [Fact]
    public void Bad_byte_tokens_are_words_like_others()
    {
        const string json = """
            {"model": {"type": "BPE", "byte_fallback": true, "unk_token": "u", "vocab": {"u": 0, "<0x-1>": 1, "<0xZZ>": 2, "<0x41>": 3}, "merges": []},
             "decoder": {"type": "ByteFallback"}}
            """;
        JsonTokenizer tokenizer = JsonTokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "t.json");
        Assert.Equal("<0x-1><0xZZ>A", tokenizer.Decode([1, 2, 3, 2147483647, -1]));
        Assert.Equal([3, 0], tokenizer.Encode("AB"));
    }

    [Fact]
    public void A_huge_id_costs_no_memory()
    {
        const string json = """{"model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 2000000000}}}""";
        long before = GC.GetAllocatedBytesForCurrentThread();
        JsonTokenizer tokenizer = JsonTokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "t.json");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.Equal([2000000000], tokenizer.Encode("b"));
        Assert.Equal("b", tokenizer.Decode([2000000000]));
        Assert.Equal(2000000001, tokenizer.VocabularySize);
    }

    [Fact]
    public void A_pattern_made_to_be_hard_ends_in_bounded_time()
    {
        const string json = """
            {"model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0}},
             "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?:(?:a|b|ab)*?c?)*?d|(?:a*)*(?:b*)*!"}, "behavior": "Isolated"}}
            """;
        JsonTokenizer tokenizer = JsonTokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "t.json");
        double begin = ThreadClock.Seconds;
        string text = string.Concat(Enumerable.Repeat("ab", 10_000));
        try
        {
            Assert.NotEmpty(tokenizer.Encode(text));
        }
        catch (TokenizerFormatException e)
        {
            Assert.Contains("too many steps", e.Message, StringComparison.Ordinal);
        }

        Assert.InRange(ThreadClock.Seconds - begin, 0, 30);
    }

    /// <summary>Whether a piece is the first goes by its place in the original text, also where ids alone are asked for.</summary>
    [Fact]
    public void A_normalizer_that_inserts_or_strips_does_not_move_the_first_piece()
    {
        foreach (string normalizer in (string[])["""{"type": "Replace", "pattern": {"Regex": ""}, "content": "▁"}""", """{"type": "Strip", "strip_left": true, "strip_right": false}"""])
        {
            string json = Small.Replace("""{"type": "Lowercase"}""", normalizer, StringComparison.Ordinal);
            Assert.NotEqual(Small, json);
            Try(System.Text.Encoding.UTF8.GetBytes(json), mustBeRead: true);
        }
    }

    /// <summary>Every cut of a small file, and random changes of bytes and of words, are refused or read: nothing else.</summary>
    [Fact]
    public void Changed_files_are_refused_or_read()
    {
        byte[] small = System.Text.Encoding.UTF8.GetBytes(Small);
        Try(small, mustBeRead: true);
        for (int length = 0; length < small.Length; length++) Try(small[..length], mustBeRead: false);
        double seconds = double.TryParse(Environment.GetEnvironmentVariable("CANDOR_FUZZ_SECONDS"), out double set) ? set : 2;
        List<byte[]> seeds = [small, .. Seeds()];
        var random = new Random(20240601);
        var watch = Stopwatch.StartNew();
        int tried = 0;
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            Try(Mutate(seeds[random.Next(seeds.Count)], seeds, random), mustBeRead: false);
            tried++;
        }

        Assert.True(tried > 0);
    }

    private const string Small = """
        {"version": "1.0", "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
         "padding": {"strategy": {"Fixed": 8}, "direction": "Left", "pad_id": 0, "pad_type_id": 0, "pad_token": "a", "pad_to_multiple_of": 4},
         "added_tokens": [{"id": 9, "content": "<s>", "special": true, "lstrip": true, "rstrip": true, "single_word": false, "normalized": false},
                          {"id": 10, "content": "Ab", "normalized": true}],
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(?i:'s)|\\p{L}+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false},
                           {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}]},
         "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                            "special_tokens": {"<s>": {"id": "<s>", "ids": [9], "tokens": ["<s>"]}}},
         "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
         "model": {"type": "BPE", "unk_token": "a", "byte_fallback": true, "fuse_unk": true, "continuing_subword_prefix": "", "end_of_word_suffix": null,
                   "vocab": {"a": 0, "b": 1, "ab": 2, "<0x0A>": 3, "▁": 4, "▁ab": 5}, "merges": ["a b", ["▁", "ab"]]}}
        """;

    private static IEnumerable<byte[]> Seeds()
    {
        if (Shared.Oracle is null) yield break;
        foreach (string folder in Shared.OracleFolders("tokenizers"))
        {
            string path = Path.Combine(Shared.Oracle, "tokenizers", folder, "tokenizer.json");
            if (File.Exists(path) && new FileInfo(path).Length < 40_000) yield return File.ReadAllBytes(path);
        }
    }

    private static byte[] Mutate(byte[] seed, List<byte[]> seeds, Random random)
    {
        var bytes = new List<byte>(seed);
        string[] words = ["null", "-1", "0", "2147483648", "1e400", "\"\"", "[]", "{}", "true", "\"\\uD800\"", "\"a\"", "99999999", "\"(\""];
        for (int n = random.Next(1, 4); n > 0 && bytes.Count > 4; n--)
        {
            // Most of a file is vocabulary: half of the changes fall on the rest of it.
            int at = random.Next(2) == 0 ? random.Next(bytes.Count) : random.Next(Math.Min(bytes.Count, 4000));
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at)); break;
                case 2: bytes.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(words[random.Next(words.Length)])); break;
                case 3:
                    // Replaces the value behind a colon by another one.
                    int colon = bytes.IndexOf((byte)':', at);
                    int end = colon < 0 ? -1 : bytes.FindIndex(colon, b => b is (byte)',' or (byte)'}' or (byte)']');
                    if (end < 0) break;
                    bytes.RemoveRange(colon + 1, end - colon - 1);
                    bytes.InsertRange(colon + 1, System.Text.Encoding.UTF8.GetBytes(words[random.Next(words.Length)]));
                    break;
                default:
                    byte[] other = seeds[random.Next(seeds.Count)];
                    int from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(200))]);
                    break;
            }
        }

        return [.. bytes];
    }

    private static void Try(byte[] json, bool mustBeRead)
    {
        try
        {
            JsonTokenizer tokenizer = JsonTokenizer.Parse(json, "t.json");
            foreach (string text in Texts)
            {
                Encoding encoding = tokenizer.EncodeDetailed(text, parseSpecial: true, addSpecial: true);
                Assert.Equal(encoding.Ids.Count, encoding.Offsets.Count);
                Assert.Equal(encoding.Ids.Count, encoding.Tokens.Count);
                Assert.Equal(encoding.Ids, tokenizer.Encode(text, parseSpecial: true, addSpecial: true));
                tokenizer.EncodePair(text, text);
                tokenizer.Decode([.. encoding.Ids]);
                StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
                foreach (int id in encoding.Ids) decoder.Push(id);
                decoder.Flush();
            }

            tokenizer.EncodeBatch(Texts);
        }
        catch (TokenizerFormatException e) when (!mustBeRead)
        {
            Assert.DoesNotContain('\n', e.Message);
        }
        catch (Exception e) when (e is not TokenizerFormatException)
        {
            string path = Path.Combine(Path.GetTempPath(), "candor-fuzz-tokenizer.json");
            File.WriteAllBytes(path, json);
            Assert.Fail($"{path}: {e}");
        }
    }
}
