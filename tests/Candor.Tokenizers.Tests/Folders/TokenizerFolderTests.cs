using System.Text.Json;
using Candor.Tokenizers.Tests.Golden;

namespace Candor.Tokenizers.Tests.Folders;

public sealed class TokenizerFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-tokenizers-").FullName;

    public static TheoryData<string> GoldenFolders => VectorTests.Folders;

    /// <summary>Those whose vocabulary files say all, given a class of tokenizers.</summary>
    public static TheoryData<string> VocabularyFolders => VectorTests.FoldersWhere(path => File.Exists(Path.Combine(path, "vocab.txt")) || ClassOf(GoldenJson.Load(Path.Combine(path, "tokenizer.json"))) is not null);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(GoldenFolders))]
    public void Opens_golden_folders(string name)
    {
        string path = Shared.RequireOracle("tokenizers", name);
        TokenizerFolder opened = TokenizerFolder.Open(path);
        Assert.Equal(Path.Combine(path, "tokenizer.json"), opened.Source);
        CompareIds(path, opened.Tokenizer);
        foreach (string token in opened.Config.SpecialTokens.Values) Assert.NotNull(opened.Tokenizer.TokenToId(token));
        CompareIds(path, TokenizerFolder.Open(Path.Combine(path, "tokenizer.json")).Tokenizer);
    }

    [Theory]
    [MemberData(nameof(VocabularyFolders))]
    public void Opens_vocabulary_files_alone(string name)
    {
        string path = Shared.RequireOracle("tokenizers", name);
        JsonElement json = GoldenJson.Load(Path.Combine(path, "tokenizer.json"));
        if (File.Exists(Path.Combine(path, "vocab.txt")))
        {
            File.Copy(Path.Combine(path, "vocab.txt"), Path.Combine(_folder, "vocab.txt"));
            WriteConfig(path, $"\"do_lower_case\": {(json.GetProperty("normalizer").GetProperty("lowercase").GetBoolean() ? "true" : "false")}");
        }
        else
        {
            JsonElement model = json.GetProperty("model");
            File.WriteAllText(Path.Combine(_folder, "vocab.json"), model.GetProperty("vocab").GetRawText());
            File.WriteAllLines(
                Path.Combine(_folder, "merges.txt"),
                model.GetProperty("merges").EnumerateArray().Select(m => m.ValueKind == JsonValueKind.String ? m.GetString()! : $"{m[0]} {m[1]}").Prepend("#version: 0.2"));
            WriteConfig(path, $"\"tokenizer_class\": \"{ClassOf(json)}\"");
        }

        CompareIds(path, TokenizerFolder.Open(_folder).Tokenizer);
    }

    [Fact]
    public void Reads_templates_and_tokens_in_every_spelling()
    {
        Write("tokenizer.json", """{"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}""");
        Write("tokenizer_config.json", """
            {"bos_token": {"content": "<s>", "lstrip": false}, "pad_token": null, "model_max_length": 1000000000000000019884624838656,
             "chat_template": [{"name": "default", "template": "D"}, {"name": "rag", "template": "R"}], "clean_up_tokenization_spaces": true,
             "additional_special_tokens": ["<x>", {"content": "<y>"}], "add_bos_token": true, "added_tokens_decoder": {"5": {"content": "<z>", "special": true}}}
            """);
        Write("special_tokens_map.json", """{"bos_token": "other", "eos_token": {"content": "</s>"}}""");
        TokenizerFolder opened = TokenizerFolder.Open(_folder);
        TokenizerConfig config = opened.Config;
        Assert.Equal(("<s>", "</s>", null), (config.BosToken, config.EosToken, config.PadToken));
        Assert.Null(config.ModelMaxLength);
        Assert.Equal(["<x>", "<y>"], config.AdditionalSpecialTokens);
        Assert.Equal(("D", "R"), (config.ChatTemplate, config.ChatTemplates["rag"]));
        Assert.True(config.AddBosToken);
        Assert.Equal([5], opened.Tokenizer.Encode("<z>", parseSpecial: true));
        Assert.True(opened.Tokenizer.IsSpecial(5));

        Write("chat_template.json", """{"chat_template": "J"}""");
        Assert.Equal("J", TokenizerConfig.Load(_folder).ChatTemplate);
        Write("chat_template.jinja", "F");
        Directory.CreateDirectory(Path.Combine(_folder, "additional_chat_templates"));
        Write("additional_chat_templates/tool_use.jinja", "T");
        config = TokenizerConfig.Load(_folder);
        Assert.Equal(("F", "T", "R"), (config.ChatTemplate, config.ChatTemplates["tool_use"], config.ChatTemplates["rag"]));
    }

    [Theory]
    [InlineData("tokenizer_config.json", "[]")]
    [InlineData("tokenizer_config.json", "{")]
    [InlineData("tokenizer_config.json", """{"bos_token": 5}""")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"x": {"content": "a"}}}""")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"-1": {"content": "a"}}}""")]
    [InlineData("tokenizer_config.json", """{"model_max_length": "long"}""")]
    [InlineData("tokenizer_config.json", """{"chat_template": 7}""")]
    [InlineData("special_tokens_map.json", "nothing")]
    [InlineData("chat_template.json", "3")]
    [InlineData("tokenizer.json", "")]
    public void Names_the_file_at_fault(string name, string content)
    {
        Write("tokenizer.json", """{"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}""");
        Write(name, content);
        var fault = Assert.Throws<TokenizerFormatException>(() => TokenizerFolder.Open(_folder));
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Fact]
    public void Says_what_is_missing()
    {
        Assert.Contains("tokenizer.json", Assert.Throws<TokenizerFormatException>(() => TokenizerFolder.Open(_folder)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => TokenizerFolder.Open(Path.Combine(_folder, "nowhere")));
        Write("vocab.json", """{"a": 0}""");
        Write("merges.txt", "a b\n");
        Assert.Contains("line 1", Assert.Throws<TokenizerFormatException>(() => TokenizerFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }

    /// <summary>The class of tokenizers that splits texts as a byte-level tokenizer.json does; null where it is another kind.</summary>
    private static string? ClassOf(JsonElement json)
    {
        if (json.GetProperty("model").Get("type")?.GetString() != "BPE" || json.Get("pre_tokenizer") is not { ValueKind: JsonValueKind.Object } split) return null;
        bool plain = json.Get("normalizer") is null or { ValueKind: JsonValueKind.Null };
        if (plain && split.Text("type") == "ByteLevel" && !split.GetProperty("add_prefix_space").GetBoolean()) return "GPT2Tokenizer";
        bool qwen = !plain && json.GetProperty("normalizer").Text("type") == "NFC" && split.GetRawText().Contains(@"?\\p{L}+|\\p{N}| ?[^", StringComparison.Ordinal);
        return qwen ? "Qwen2Tokenizer" : null;
    }

    private static void CompareIds(string golden, Tokenizer tokenizer)
    {
        foreach (JsonElement sample in GoldenJson.Load(Path.Combine(golden, "vectors.json")).GetProperty("cases").EnumerateArray())
        {
            string text = sample.Text("text");
            if (text.Length >= 2000) continue;
            Assert.Equal(sample.GetProperty("ids").Ints(), tokenizer.Encode(text, parseSpecial: true));
            Assert.Equal(sample.Get("ids_special")?.Ints() ?? sample.GetProperty("ids").Ints(), tokenizer.Encode(text, parseSpecial: true, addSpecial: true));
        }
    }

    private void WriteConfig(string golden, string more)
    {
        string config = File.ReadAllText(Path.Combine(golden, "tokenizer_config.json")).TrimEnd().TrimStart('{');
        Write("tokenizer_config.json", "{" + more + ", " + config.Replace("\"tokenizer_class\"", "\"was\"", StringComparison.Ordinal));
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder, name), content);
}
