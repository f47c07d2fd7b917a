using System.Text;
using Candor.Tensors;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Candor.Formats.Tests;

public sealed class SafetensorsStoreTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Property(MaxTest = 200)]
    public FsCheck.Property TensorsComeBack() => Prop.ForAll(Arbitraries.SafetensorsTensors().ToArbitrary(), tensors =>
    {
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["ä\n"] = "\"漢🦙\"" };
        SafetensorsWriter.Write(folder["a.safetensors"], tensors.Sources, metadata);
        using SafetensorsStore store = SafetensorsStore.Open(folder["a.safetensors"]);
        Assert.Equal(metadata.OrderBy(m => m.Key), store.Metadata.OrderBy(m => m.Key));
        AssertSame(tensors, store);
        SafetensorsWriter.Write(folder["b.safetensors"], tensors.Sources.Reverse(), metadata);
        Assert.Equal(File.ReadAllBytes(folder["a.safetensors"]), File.ReadAllBytes(folder["b.safetensors"]));
        foreach (StoredTensor t in store.Tensors.Values)
            if (t.Type.BlockElements() == 1) Assert.Equal(0, Offset(t, store) % t.Type.BlockBytes());
    });

    [Property(MaxTest = 100)]
    public FsCheck.Property ShardedModelsComeBack() => Prop.ForAll(Arbitraries.SafetensorsTensors().ToArbitrary(), Gen.Choose(1, 400).ToArbitrary(), (tensors, limit) =>
    {
        using var model = new TempFolder();
        IReadOnlyList<string> files = SafetensorsWriter.WriteModel(model.Path, tensors.Sources, limit);
        using SafetensorsStore store = ModelFolder.Open(model.Path).OpenWeights();
        AssertSame(tensors, store);
        Assert.Equal(files.Count > 1, File.Exists(model["model.safetensors.index.json"]));
        Assert.Equal(files.Count + (files.Count > 1 ? 1 : 0), Directory.GetFiles(model.Path).Length);
    });

    [Fact]
    public void EveryTruncationIsRefused()
    {
        SafetensorsWriter.Write(folder["whole.safetensors"], [TensorSource.From("a", [2, 3], new float[6]), TensorSource.From("b", ElementType.F8_E4M3, [5], new byte[5])], new Dictionary<string, string> { ["k"] = "v" });
        byte[] whole = File.ReadAllBytes(folder["whole.safetensors"]);
        SafetensorsStore.Open(folder["whole.safetensors"]).Dispose();
        for (int length = 0; length < whole.Length; length++)
            Fault.Of(folder.Write("cut.safetensors", whole.AsSpan(0, length)), SafetensorsStore.Open);
        Fault.Of(folder.Write("longer.safetensors", [.. whole, 0]), SafetensorsStore.Open, "bytes of data");
    }

    [Fact]
    public void TruncationWhileOpenIsSeen()
    {
        SafetensorsWriter.Write(folder["a.safetensors"], [TensorSource.From("a", [2, 3], new float[6])]);
        using SafetensorsStore store = SafetensorsStore.Open(folder["a.safetensors"]);
        store.EnsureIntact();
        using (FileStream stream = new(folder["a.safetensors"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(16);
        Assert.Contains("truncated", Assert.Throws<ModelFormatException>(store.EnsureIntact).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../x.safetensors")]
    [InlineData("/etc/x.safetensors")]
    [InlineData("sub/x.safetensors")]
    [InlineData("..\\x.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("x\0.safetensors")]
    public void ShardsOutsideTheFolderAreRefused(string name)
    {
        folder.Write("x.safetensors", SafetensorsBytes.Of("{}"));
        string index = Index(("a", name));
        Fault.Of(index, SafetensorsStore.Open, "weight_map.a", "own folder");
    }

    [Fact]
    public void IndexesAreChecked()
    {
        SafetensorsWriter.Write(folder["one.safetensors"], [TensorSource.From("a", [1], new float[1])]);
        Fault.Of(folder["none.safetensors"], _ => SafetensorsStore.Open(Index(("a", "none.safetensors"))), "missing", "model.safetensors.index.json");
        Fault.Of(folder["one.safetensors"], _ => SafetensorsStore.Open(Index(("a", "one.safetensors"), ("b", "one.safetensors"))), "b", "missing");
        Fault.Of(folder["pytorch_model.bin"], _ => SafetensorsStore.Open(Index(("a", "pytorch_model.bin"))), "pickle", "safetensors");
        Fault.Of(Index(("a", "one.txt")), SafetensorsStore.Open, "one.txt");
        string path = folder["model.safetensors.index.json"];
        foreach (string bad in new[] { "", "[]", "{", "{}", """{"weight_map":[]}""", """{"weight_map":{"a":1}}""", """{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}""", """{"weight_map":{"\ud800":"x"}}""" })
            Fault.Of(folder.Write("model.safetensors.index.json", bad), SafetensorsStore.Open);
        Assert.Equal(path, folder["model.safetensors.index.json"]);
    }

    [Fact]
    public void TheIndexSaysWhichOfTwoCopiesCounts()
    {
        SafetensorsWriter.Write(folder["one.safetensors"], [TensorSource.From("a", [1], new[] { 1f }), TensorSource.From("b", [1], new[] { 2f })]);
        SafetensorsWriter.Write(folder["two.safetensors"], [TensorSource.From("a", [1], new[] { 3f })]);
        using SafetensorsStore store = SafetensorsStore.Open(Index(("b", "one.safetensors"), ("a", "two.safetensors")));
        Assert.Equal([3f], TensorReader.ToArray(store.Tensors["a"]));
        Assert.Equal([2f], TensorReader.ToArray(store.Tensors["b"]));
    }

    [Fact]
    public void LinksToShardsElsewhereAreFollowed()
    {
        // The cache of Hugging Face's own tool is made of such links.
        SafetensorsWriter.Write(folder["blob"], [TensorSource.From("a", [1], new[] { 1f })]);
        Directory.CreateDirectory(folder["snapshot"]);
        File.CreateSymbolicLink(folder["snapshot/model.safetensors"], "../blob");
        using SafetensorsStore store = ModelFolder.Open(folder["snapshot"]).OpenWeights();
        Assert.Single(store.Tensors);
    }

    [Fact]
    public void WritingFailsWhole()
    {
        string path = folder.Write("a.safetensors", "old");
        var full = new TensorSource("t", ElementType.F32, [1024], _ => throw new IOException("No space left on device"));
        Assert.Throws<IOException>(() => SafetensorsWriter.Write(path, [full]));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Throws<IOException>(() => SafetensorsWriter.WriteModel(folder.Path, [TensorSource.From("a", [1], new float[1]), full], 4));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [TensorSource.From("t", ElementType.Q8_0, [32], new byte[34])]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [TensorSource.From("__metadata__", [1], new float[1])]));
    }

    [Fact]
    public void ASingleFileReplacesAnOldIndex()
    {
        TensorSource[] two = [TensorSource.From("a", [1], new float[1]), TensorSource.From("b", [1], new float[1])];
        SafetensorsWriter.WriteModel(folder.Path, two, 4);
        Assert.True(File.Exists(folder["model.safetensors.index.json"]));
        SafetensorsWriter.WriteModel(folder.Path, [two[0]], 4);
        using SafetensorsStore store = ModelFolder.Open(folder.Path).OpenWeights();
        Assert.Equal(["a"], store.Tensors.Keys);
    }

    private static unsafe long Offset(StoredTensor tensor, SafetensorsStore store)
    {
        byte* first = store.Tensors.Values.First(t => store.Tensors.Values.All(o => t.Data <= o.Data)).Data;
        return tensor.Data - first;
    }

    private static void AssertSame(TensorList expected, SafetensorsStore store)
    {
        Assert.Equal(expected.Items.Count, store.Tensors.Count);
        foreach (var (name, type, shape, bytes) in expected.Items)
        {
            StoredTensor tensor = store.Tensors[name];
            Assert.Equal(type, tensor.Type);
            Assert.Equal(shape.AsEnumerable(), tensor.Shape);
            Assert.True(tensor.Bytes.SequenceEqual(bytes));
        }
    }

    private string Index(params (string Tensor, string File)[] map)
    {
        using var buffer = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("weight_map");
            foreach ((string tensor, string file) in map) json.WriteString(tensor, file);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return folder.Write("model.safetensors.index.json", Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
