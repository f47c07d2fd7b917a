using System.Text.Json;
using Candor.Tokenizers.Gguf;
using Candor.Tokenizers.Tests.SentencePiece;

namespace Candor.Tokenizers.Tests.Gguf;

/// <summary>Real vocabularies: llama.cpp's own test files, a real model, and what people met with other tools.</summary>
public class GgufReferenceTests
{
    public static TheoryData<string> Vocabularies { get; } = Shared.Rows(Files());

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Vocabularies_of_llama_cpp_give_the_ids_beside_them(string file)
    {
        string path = Shared.Require("data", "tokenizers", file);
        Tokenizer tokenizer = TestGguf.Open(path);
        string[] texts = File.ReadAllText(path + ".inp").Split("\n__ggml_vocab_test__\n");
        string[] lines = File.ReadAllLines(path + ".out");
        Assert.True(texts.Length >= lines.Length && lines.Length > 10);
        var wrong = new List<string>();
        for (int i = 0; i < lines.Length; i++)
        {
            int[] expected = [.. lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            int[] got = tokenizer.Encode(texts[i]);
            if (!got.SequenceEqual(expected)) wrong.Add(Difference.Describe(texts[i], expected, got));
        }

        Difference.None(wrong);
        GoldenTable.Passed("tokenizers", file, "ids", lines.Length);
    }

    [Fact]
    public void A_real_model_gives_the_reference_ids_offsets_and_texts()
    {
        string vectors = Shared.RequireOracle("tokenizers", "smollm2", "vectors.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(vectors));
        Tokenizer tokenizer = TestGguf.Open(Shared.Require("models", document.RootElement.GetProperty("model").GetString()!));
        var wrong = new List<string>();
        int count = 0;
        foreach (JsonElement c in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            string text = c.GetProperty("text").GetString()!;
            int[] ids = Ints(c.GetProperty("ids")), plain = c.TryGetProperty("ids_plain", out JsonElement p) ? Ints(p) : ids;
            Encoding got = tokenizer.EncodeDetailed(text, parseSpecial: true);
            if (!got.Ids.SequenceEqual(ids)) wrong.Add("parsed " + Difference.Describe(text, ids, got.Ids));
            if (c.TryGetProperty("offsets", out JsonElement offsets))
            {
                int[] flat = Ints(offsets), shown = [.. got.Offsets.SelectMany(o => new[] { o.Begin, o.End })];
                if (!flat.SequenceEqual(shown)) wrong.Add("offsets " + Difference.Describe(text, flat, shown));
            }

            int[] gotPlain = tokenizer.Encode(text);
            if (!gotPlain.SequenceEqual(plain)) wrong.Add("plain " + Difference.Describe(text, plain, gotPlain));
            if (tokenizer.Decode(ids) != text) wrong.Add($"{text}: decoded to <{tokenizer.Decode(ids)}>");
            string skipped = c.TryGetProperty("decoded_skip", out JsonElement s) ? s.GetString()! : text;
            if (tokenizer.Decode(ids, skipSpecial: true) != skipped) wrong.Add($"{text}: expected <{skipped}>");
            count++;
        }

        Difference.None(wrong);
        GoldenTable.Passed("tokenizers", "smollm2", "real GGUF ids, offsets, decode", count);
    }

    [Fact]
    public void SentencePiece_vocabularies_without_merges_and_with_few_keys_work_from_scores()
    {
        string folder = Shared.Require("reports", "gguf-spm-no-merges");
        Tokenizer tokenizer = TestGguf.Open(Path.Combine(folder, "vocab.gguf"));
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
        Check(document.RootElement);
        foreach (JsonElement more in document.RootElement.GetProperty("more").EnumerateArray()) Check(more);

        void Check(JsonElement c)
        {
            string command = c.GetProperty("command").GetString()!;
            JsonElement expect = c.GetProperty("expect");
            if (expect.TryGetProperty("texts", out JsonElement texts))
            {
                string[] lines = File.ReadAllLines(Path.Combine(folder, "ids.jsonl"));
                Assert.Equal(texts.EnumerateArray().Select(t => t.GetString()), lines.Select(l => tokenizer.Decode(Ints(JsonDocument.Parse(l).RootElement))));
                return;
            }

            bool add = command.Contains("--add-special", StringComparison.Ordinal);
            IEnumerable<string> inputs = File.ReadAllLines(Path.Combine(folder, "texts.jsonl")).Select(l => JsonDocument.Parse(l).RootElement.GetString()!);
            Assert.Equal(expect.GetProperty("ids").EnumerateArray().Select(Ints), inputs.Select(t => tokenizer.Encode(t, addSpecial: add)));
        }
    }

    [Theory]
    [InlineData("llama2-spm-legacy")]
    [InlineData("mistral-spm")]
    [InlineData("gemma-spm")]
    public void Spaces_beside_special_tokens_follow_the_habits_of_well_known_families(string name)
    {
        Tokenizer tokenizer = TestGguf.Open(Shared.RequireOracle("tokenizers", name, "vocab.gguf"));
        GoldenVectors golden = GoldenVectors.Load(Shared.RequireOracle("tokenizers", name, "vectors.json"));
        GoldenCase[] cases = [.. golden.Cases.Where(c => c.IdsPlain is not null && c.SpmIds is null)];
        Assert.NotEmpty(cases);
        foreach (GoldenCase c in cases) Assert.Equal(c.Ids, tokenizer.Encode(c.Text, parseSpecial: true));
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(i => i.GetInt32())];

    private static IEnumerable<string> Files()
    {
        if (Shared.Folder is null) return [];
        string folder = Path.Combine(Shared.Folder, "data", "tokenizers");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.gguf").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal) : [];
    }
}
