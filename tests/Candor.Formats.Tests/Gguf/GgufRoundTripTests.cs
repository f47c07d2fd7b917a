using FsCheck.Xunit;

namespace Candor.Formats.Tests;

/// <summary>What is written is read back, bit for bit.</summary>
[Properties(Arbitrary = [typeof(Arbitraries)], MaxTest = 200)]
public sealed class GgufRoundTripTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Property]
    public void MetadataAndTensorsComeBack(GgufMetadata metadata, TensorList tensors)
    {
        string path = folder["a.gguf"];
        GgufWriter.Write(path, metadata, tensors.Sources);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal(3, file.Version);
        Assert.Equal(metadata.AsEnumerable(), file.Metadata.AsEnumerable());
        AssertSame(tensors, file);

        // Writing what was read gives the same file.
        GgufWriter.Write(folder["b.gguf"], file.Metadata, [.. file.Tensors.Values.Select(t => TensorSource.From(t))]);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(folder["b.gguf"]));
    }

    [Property]
    public void SplitModelsComeBackThroughAnyPart(GgufMetadata metadata, TensorList tensors, byte size, byte pick)
    {
        IReadOnlyList<string> parts = GgufWriter.WriteSplit(folder["Some.v1.5_F32.gguf-model"], metadata, tensors.Sources, 1 + size * 40);
        using GgufFile file = GgufFile.Open(parts[pick % parts.Count]);
        AssertSame(tensors, file);
        Assert.Equal(parts, parts.Count == 1 ? [file.Path] : file.Files);
        foreach ((string key, GgufValue value) in metadata) Assert.Equal(value, file.Metadata[key]);
        Assert.Equal(parts.Count, file.Metadata.GetInt32("split.count"));
    }

    [Property]
    public void AlignmentIsKept(TensorList tensors, byte power)
    {
        uint alignment = 1u << (power % 13);
        var metadata = new GgufMetadata { ["general.alignment"] = GgufValue.Of(alignment) };
        GgufWriter.Write(folder["a.gguf"], metadata, tensors.Sources);
        using GgufFile file = GgufFile.Open(folder["a.gguf"]);
        Assert.Equal((int)alignment, file.Alignment);
        AssertSame(tensors, file);
        Assert.Equal(0, file.FileBytes % alignment);
    }

    [Property]
    public void ValuesAreEqualToThemselvesOnly(GgufValue a, GgufValue b)
    {
        Assert.Equal(a, a);
        Assert.Equal(a.GetHashCode(), a.GetHashCode());
        if (a.Type != b.Type) Assert.NotEqual(a, b);
        Assert.NotEmpty(a.ToString());
    }

    private static void AssertSame(TensorList expected, GgufFile file)
    {
        Assert.Equal(expected.Items.Select(t => t.Name), file.Tensors.Keys);
        foreach (var (name, type, shape, bytes) in expected.Items)
        {
            StoredTensor tensor = file.Tensors[name];
            Assert.Equal(type, tensor.Type);
            Assert.Equal(shape.AsEnumerable(), tensor.Shape);
            Assert.True(tensor.Bytes.SequenceEqual(bytes));
        }
    }
}
