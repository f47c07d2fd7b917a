using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Candor.Formats;
using Candor.Models;
using Candor.Models.Conversion;

namespace Candor.Models.Tests.Fuzz;

/// <summary>Each key of a model missing, of the wrong kind or out of range, each tensor missing or of the wrong shape: the exception names it.</summary>
public sealed class MissingAndWrongTests : IDisposable
{
    private readonly TempFolder folder = new();

    public MissingAndWrongTests() => SmallModel.WriteFolder(folder["model"]);

    public static TheoryData<string> Families => Shared.Rows(Shared.OracleFolders("arch").Where(f => File.Exists(Path.Combine(Shared.Oracle!, "arch", f, "golden.safetensors"))));

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("block_count")]
    [InlineData("attention.head_count")]
    [InlineData("attention.head_count_kv")]
    [InlineData("embedding_length")]
    [InlineData("feed_forward_length")]
    public void CountsInGgufAreChecked(string key)
    {
        foreach (GgufValue value in (GgufValue[])[GgufValue.Of(0u), GgufValue.Of(1u << 31), GgufValue.Of(uint.MaxValue), GgufValue.Of(-1), GgufValue.Of(ulong.MaxValue), GgufValue.Of(3u), GgufValue.Of("many"), GgufValue.OfArray<uint>(1)])
        {
            Exception e = Assert.ThrowsAny<Exception>(() => Use(Gguf(m => m["llama." + key] = value)));
            Expected(e);
        }
    }

    [Theory]
    [InlineData("num_hidden_layers")]
    [InlineData("num_attention_heads")]
    [InlineData("num_key_value_heads")]
    [InlineData("hidden_size")]
    [InlineData("intermediate_size")]
    [InlineData("vocab_size")]
    public void CountsInConfigsAreChecked(string key)
    {
        foreach (JsonNode value in (JsonNode[])[0, 1L << 31, -1, 1e300, "many", new JsonArray(1), 2.5])
        {
            Exception e = Assert.ThrowsAny<Exception>(() => Use(Config(folder["model"], c => c[key] = value)));
            Expected(e);
        }
    }

    [Fact]
    public void EveryTensorIsNeeded()
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder["model"], "model.safetensors"));
        TensorSource[] all = [.. file.Tensors.Values.Select(t => TensorSource.From(t))];
        foreach (TensorSource gone in all)
        {
            string copy = WithTensors(folder["model"], [.. all.Where(t => t != gone)]);
            Exception e = Assert.ThrowsAny<Exception>(() => Use(copy));
            Expected(e);
            Assert.Contains(gone.Name, e.Message, StringComparison.Ordinal);
            foreach (ImmutableArray<long> shape in (ImmutableArray<long>[])[[2, .. gone.Shape], [gone.Shape[0] + 1, .. gone.Shape[1..]], [.. gone.Shape.Reverse()]])
            {
                if (shape.SequenceEqual(gone.Shape)) continue;
                var wrong = TensorSource.From(gone.Name, shape, new float[shape.Aggregate((a, b) => a * b)]);
                e = Record.Exception(() => Use(WithTensors(folder["model"], [.. all.Select(t => t == gone ? wrong : t)])))
                    ?? throw new InvalidOperationException($"{gone.Name} of shape {string.Join(" x ", shape)} passed");
                Expected(e);
                Assert.Contains(gone.Name, e.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Whatever becomes of the keys of any family, what comes out is a model or the documented exception.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void EveryKeyOfEveryFamilyMayBeWrong(string family)
    {
        string source = Shared.RequireOracle("arch", family);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!;
        foreach (string key in config.AsObject().Select(p => p.Key).ToArray())
            foreach (JsonNode? value in (JsonNode?[])[null, 0, -1, 1L << 31, "x", new JsonArray()])
                MayFail(() => Use(Config(source, c => c[key] = value)), $"{key} = {value?.ToJsonString()}");

        string path = Path.Combine(source, "model.gguf");
        if (!File.Exists(path)) return;
        using GgufFile file = GgufFile.Open(path);
        TensorSource[] tensors = [.. file.Tensors.Values.Select(t => TensorSource.From(t))];
        string copy = folder["changed.gguf"];
        void Try(string what, Action<GgufMetadata> change, IReadOnlyList<TensorSource> with)
        {
            var metadata = new GgufMetadata(file.Metadata);
            change(metadata);
            GgufWriter.Write(copy, metadata, with);
            MayFail(() => Use(copy), what);
        }

        foreach (string key in file.Metadata.Keys.Where(k => !k.StartsWith("tokenizer.", StringComparison.Ordinal) && !k.StartsWith("split.", StringComparison.Ordinal)))
        {
            Try("no " + key, m => m.Remove(key), tensors);
            foreach (GgufValue value in (GgufValue[])[GgufValue.Of(0u), GgufValue.Of(1u << 31), GgufValue.Of("x"), GgufValue.OfArray<float>(0.5f)])
                Try($"{key} = {value}", m => m[key] = value, tensors);
        }

        foreach (TensorSource gone in tensors.Where((_, i) => i % 3 == 0)) Try("no " + gone.Name, _ => { }, [.. tensors.Where(t => t != gone)]);
    }

    private static void MayFail(Action use, string what)
    {
        try
        {
            use();
        }
        catch (Exception e) when (e is ModelFormatException or ModelSpecException or ModelInputException)
        {
            Expected(e);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(what, e);
        }
    }

    private static void Expected(Exception e)
    {
        Assert.True(e is ModelFormatException or ModelSpecException or ModelInputException, e.ToString());
        Assert.DoesNotContain('\n', e.Message);
    }

    private static void Use(string path)
    {
        using Plan plan = ModelSource.Open(path).Compile(new PlanOptions { Threads = 1 });
        using SequenceState state = plan.CreateState();
        if (plan.Spec is { VocabularySize: > 3, Head: not null }) Golden.ArchGoldenTests.Forward(plan, state, [1, 2, 3], BatchOutput.Last);
    }

    private string Gguf(Action<GgufMetadata> change)
    {
        if (!File.Exists(folder["model.gguf"]))
        {
            using ModelSource source = ModelSource.Open(folder["model"]);
            ModelConverter.ToGguf(source, folder["model.gguf"]);
        }

        using GgufFile file = GgufFile.Open(folder["model.gguf"]);
        var metadata = new GgufMetadata(file.Metadata);
        change(metadata);
        GgufWriter.Write(folder["changed.gguf"], metadata, [.. file.Tensors.Values.Select(t => TensorSource.From(t))]);
        return folder["changed.gguf"];
    }

    private string Config(string source, Action<JsonNode> change)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!;
        change(config);
        return Copy(source, config, path => File.CreateSymbolicLink(path, Path.Combine(source, "model.safetensors")));
    }

    private string WithTensors(string source, IReadOnlyList<TensorSource> tensors) =>
        Copy(source, JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!, path => SafetensorsWriter.Write(path, tensors));

    private string Copy(string source, JsonNode config, Action<string> weights)
    {
        string copy = folder["copy"];
        if (Directory.Exists(copy)) Directory.Delete(copy, true);
        Directory.CreateDirectory(copy);
        File.WriteAllText(Path.Combine(copy, "config.json"), config.ToJsonString());
        weights(Path.Combine(copy, "model.safetensors"));
        return copy;
    }
}
