using Candor.Tensors;

namespace Candor.Formats.Tests;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TempFolder folder = new();

    public static TheoryData<string> Sharded => Shared.Rows(Indexes());

    public void Dispose() => folder.Dispose();

    [Fact]
    public void PathsThatAreNoFolderAreRefused()
    {
        Fault.Of(folder["none"], p => ModelFolder.Open(p).OpenWeights(), "no such folder");
        Fault.Of(folder.Write("file", "x"), p => ModelFolder.Open(p).OpenWeights(), "is a file");
    }

    [Fact]
    public void FilesAreFoundByTheirNames()
    {
        ModelFolder empty = ModelFolder.Open(folder.Path);
        Assert.False(empty.HasConfig);
        Assert.Null(empty.TokenizerJson);
        Assert.Null(empty.ReadGenerationConfig());
        Assert.Null(empty.ReadSentenceModules());
        Assert.Contains("config.json", Assert.Throws<ModelFormatException>(() => empty.Config).Message, StringComparison.Ordinal);
        foreach (string name in new[] { "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja" }) folder.Write(name, "{}");
        folder.Write("config.json", """{"model_type": "llama"}""");
        folder.Write("generation_config.json", """{"length_penalty": Infinity}""");
        ModelFolder full = ModelFolder.Open(folder.Path);
        Assert.Equal("llama", full.Config.GetString("model_type"));
        Assert.Equal(double.PositiveInfinity, full.ReadGenerationConfig()!.GetDouble("length_penalty"));
        Assert.Equal(
            ["tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja"],
            new[] { full.TokenizerJson, full.TokenizerModel, full.TokenizerConfig, full.SpecialTokensMap, full.AddedTokens, full.ChatTemplate }.Select(Path.GetFileName));
    }

    [Fact]
    public void WithoutWeightsTheFolderIsNamed()
    {
        Fault.Of(folder.Path, p => ModelFolder.Open(p).OpenWeights(), "model.safetensors");
        folder.Write("x.gguf", "GGUF");
        Fault.Of(folder.Path, p => TensorStore.Open(p), "x.gguf");
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("consolidated.00.pth")]
    [InlineData("model.pt")]
    public void PickleFoldersAreRefusedWithAdvice(string name)
    {
        string path = folder.Write(name, "x");
        Fault.Of(path, _ => ModelFolder.Open(folder.Path).OpenWeights(), "pickle", "convert", "safetensors");
    }

    [Fact]
    public void PickleBesideSafetensorsIsIgnored()
    {
        folder.Write("pytorch_model.bin", "x");
        Write("model.safetensors", "a");
        Assert.Equal(["a"], Names());
    }

    [Fact]
    public void TheIndexCountsAloneThenTheSingleFile()
    {
        Write("consolidated.safetensors", "c");
        Assert.Equal(["c"], Names());
        Write("extra.safetensors", "e");
        Assert.Contains("consolidated.safetensors", Assert.Throws<ModelFormatException>(Names).Message, StringComparison.Ordinal);
        Write("model.safetensors", "m");
        Assert.Equal(["m"], Names());
        Write("model-00001-of-00002.safetensors", "a");
        Write("model-00002-of-00002.safetensors", "b");
        folder.Write("model.safetensors.index.json", """{"weight_map":{"b":"model-00002-of-00002.safetensors","a":"model-00001-of-00002.safetensors"}}""");
        Assert.Equal(["a", "b"], Names().Order());
    }

    [Fact]
    public void ACompleteSetOfShardsNeedsNoIndex()
    {
        Write("model-00001-of-00002.safetensors", "a");
        Write("model-00002-of-00002.safetensors", "b");
        Assert.Equal(["a", "b"], Names());
        Write("model-00003-of-00004.safetensors", "c");
        Assert.Throws<ModelFormatException>(Names);
    }

    [Theory]
    [MemberData(nameof(Sharded))]
    public void ShardedModelsEqualTheWhole(string index)
    {
        string config = Path.Combine(Path.GetDirectoryName(Shared.RequireOracle("arch", index))!, "config.json");
        using SafetensorsStore shards = ModelFolder.Open(Path.GetDirectoryName(config)!).OpenWeights();
        Assert.True(shards.Files.Count > 1);

        // The whole model lies in the folder whose weights have the same names and bytes; there is one.
        string root = Shared.RequireOracle("arch");
        string? same = Directory.GetDirectories(root).FirstOrDefault(d => File.Exists(Path.Combine(d, "model.safetensors")) && IsSame(shards, Path.Combine(d, "model.safetensors")));
        Assert.NotNull(same);
        GoldenTable.Passed("arch", Path.GetFileName(same), "sharded-hf", shards.Tensors.Count);
    }

    [Fact]
    public void SentenceModulesAreRead()
    {
        Modules(("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize"));
        folder.Write("1_Pooling/config.json", """{"word_embedding_dimension": 8, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true, "pooling_mode_lasttoken": false}""");
        folder.Write("sentence_bert_config.json", """{"max_seq_length": 24}""");
        SentenceModules modules = ModelFolder.Open(folder.Path).ReadSentenceModules()!;
        Assert.Equal([PoolingMode.FirstToken, PoolingMode.Max, PoolingMode.Mean], modules.Pooling);
        Assert.Equal(["Transformer", "Pooling", "Normalize"], modules.Modules);
        Assert.True(modules.Normalize);
        Assert.Equal(24, modules.MaxTokens);
    }

    [Theory]
    [InlineData("""{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}""", PoolingMode.FirstToken)]
    [InlineData("""{"pooling_mode_lasttoken": true, "pooling_mode_mean_tokens": false}""", PoolingMode.LastToken)]
    [InlineData("""{"pooling_mode": "weightedmean"}""", PoolingMode.WeightedMean)]
    [InlineData("""{"word_embedding_dimension": 8}""", PoolingMode.Mean)]
    public void PoolingHasManySpellings(string text, PoolingMode mode)
    {
        Modules(("Transformer", ""), ("Pooling", "pool"));
        folder.Write("pool/config.json", text);
        SentenceModules modules = ModelFolder.Open(folder.Path).ReadSentenceModules()!;
        Assert.Equal([mode], modules.Pooling);
        Assert.False(modules.Normalize);
        Assert.Null(modules.MaxTokens);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc")]
    [InlineData("a/../../x")]
    [InlineData("C:x")]
    public void ModulesOutsideTheFolderAreRefused(string path)
    {
        Modules(("Pooling", path));
        Fault.Of(folder["modules.json"], _ => Read(), "[0].path", "below");
    }

    [Fact]
    public void SentenceModulesAreChecked()
    {
        Modules(("Pooling", "p"));
        Fault.Of(folder["p/config.json"], _ => Read(), "no such file");
        folder.Write("p/config.json", """{"pooling_mode": "median"}""");
        Fault.Of(folder["p/config.json"], _ => Read(), "median", "mean");
        folder.Write("p/config.json", """{"pooling_mode_mean_tokens": false}""");
        Fault.Of(folder["p/config.json"], _ => Read(), "no pooling mode");
        folder.Write("p/config.json", """{"pooling_mode_cls_token": true}""");
        folder.Write("sentence_bert_config.json", """{"max_seq_length": 0}""");
        Assert.Throws<ModelFormatException>(Read);
        foreach (string bad in new[] { "{}", "[1]", "[{}]", "[{\"type\": 1}]" })
            Fault.Of(folder.Write("modules.json", bad), _ => Read());
    }

    private static IEnumerable<string> Indexes()
    {
        if (Shared.Oracle is null || Path.Combine(Shared.Oracle, "arch") is var root && !Directory.Exists(root)) return [];
        return Directory.EnumerateFiles(root, "model.safetensors.index.json", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f));
    }

    private static bool IsSame(SafetensorsStore a, string path)
    {
        using SafetensorsStore b = SafetensorsStore.Open(path);
        return a.Tensors.Count == b.Tensors.Count && a.Tensors.Values.All(t =>
            b.Tensors.TryGetValue(t.Name, out StoredTensor? o) && t.Shape.SequenceEqual(o.Shape) && t.Bytes.SequenceEqual(o.Bytes));
    }

    private IDisposable Read()
    {
        ModelFolder.Open(folder.Path).ReadSentenceModules();
        return new MemoryStream();
    }

    private void Modules(params (string Kind, string Path)[] modules) => folder.Write(
        "modules.json", "[" + string.Join(',', modules.Select((m, i) => $$"""{"idx": {{i}}, "path": "{{m.Path}}", "type": "sentence_transformers.models.{{m.Kind}}"}""")) + "]");

    private void Write(string file, string tensor) => SafetensorsWriter.Write(folder[file], [TensorSource.From(tensor, ElementType.F32, [1], new byte[4])]);

    private string[] Names()
    {
        using SafetensorsStore store = ModelFolder.Open(folder.Path).OpenWeights();
        return [.. store.Tensors.Keys];
    }
}
