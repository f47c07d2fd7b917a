using Candor.Tensors;

namespace Candor.Formats.Tests;

/// <summary>Models in several files.</summary>
public sealed class GgufSplitTests : IDisposable
{
    private readonly TempFolder folder = new();

    public static TheoryData<string> Splits => Shared.Rows(FirstParts("arch"));

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Splits))]
    public void SplitModelsEqualTheWhole(string first)
    {
        using GgufFile split = GgufFile.Open(Shared.RequireOracle("arch", first));
        Assert.True(GgufSplitName.TryParse(first, out GgufSplitName name));
        using GgufFile whole = GgufFile.Open(Shared.RequireOracle("arch", Path.GetFileName(name.Prefix), "model.gguf"));
        Assert.Equal(whole.Tensors.Keys.Order(), split.Tensors.Keys.Order());
        foreach (StoredTensor tensor in whole.Tensors.Values)
        {
            StoredTensor part = split.Tensors[tensor.Name];
            Assert.Equal(tensor.Type, part.Type);
            Assert.Equal(tensor.Shape.AsEnumerable(), part.Shape);
            Assert.True(tensor.Bytes.SequenceEqual(part.Bytes), tensor.Name);
        }

        for (int number = 2; number <= name.Count; number++)
        {
            using GgufFile through = GgufFile.Open(Shared.RequireOracle("arch", name.Part(number)));
            Assert.Equal(split.Files, through.Files);
            Assert.Equal(split.Tensors.Keys, through.Tensors.Keys);
            Assert.Equal(split.Metadata.Keys, through.Metadata.Keys);
        }

        GoldenTable.Passed("arch", Path.GetFileName(name.Prefix), "split-gguf", whole.Tensors.Count);
    }

    [Fact]
    public void MissingPartsAreNamed()
    {
        IReadOnlyList<string> parts = Write();
        File.Delete(parts[2]);
        Fault.Of(parts[2], _ => GgufFile.Open(parts[0]), "missing", "part 3 of 3");
        Fault.Of(parts[2], _ => GgufFile.Open(parts[1]), "missing");
        File.Delete(parts[0]);
        Fault.Of(parts[0], _ => GgufFile.Open(parts[1]), "missing", "part 1 of 3");
    }

    [Fact]
    public void PartsMustHaveTheirNames()
    {
        IReadOnlyList<string> parts = Write();
        File.Copy(parts[0], folder["other.gguf"]);
        Fault.Of(folder["other.gguf"], GgufFile.Open, "split.count", "-00001-of-00003.gguf");
        File.Copy(parts[0], folder["model-00001-of-00002.gguf"]);
        Fault.Of(folder["model-00001-of-00002.gguf"], GgufFile.Open, "split.count", "says 2");
    }

    [Fact]
    public void PartsMustBeInOrder()
    {
        IReadOnlyList<string> parts = Write();
        File.Copy(parts[1], parts[2], overwrite: true);
        Fault.Of(parts[2], _ => GgufFile.Open(parts[0]), "split.no", "is 1, 2 is expected");
    }

    [Fact]
    public void PartsMustBeOfOneModel()
    {
        IReadOnlyList<string> parts = Write();
        Rewrite(parts[2], m => m["split.count"] = GgufValue.Of((ushort)4));
        Fault.Of(parts[2], _ => GgufFile.Open(parts[0]), "split.count", "is 4, 3 is expected");
        Rewrite(parts[2], m => m.Remove("split.count"));
        Fault.Of(parts[2], _ => GgufFile.Open(parts[0]), "split.count", "missing");
        Rewrite(parts[2], m => m["split.count"] = GgufValue.Of("3"));
        Fault.Of(parts[2], _ => GgufFile.Open(parts[0]), "split.count", "String");
    }

    [Fact]
    public void TensorsMustAllBeThereOnce()
    {
        IReadOnlyList<string> parts = Write();
        WriteRaw(parts[2], 2, 3, "t1");
        Fault.Of(parts[2], _ => GgufFile.Open(parts[0]), "t1", "twice");
        WriteRaw(parts[2], 2, 3);
        Fault.Of(parts[0], GgufFile.Open, "split.tensors.count", "is 3", "2 tensors");
    }

    [Fact]
    public void JoinedModelsWithACountOfZeroAreWhole()
    {
        byte[] bytes = new GgufBytes().Key("split.count", 2, 0, 0).Build();
        GgufFile.Open(folder.Write("joined.gguf", bytes)).Dispose();
    }

    [Theory]
    [InlineData("/a/b-00002-of-00003.gguf", "/a/b", 2, 3)]
    [InlineData("Tiny.v1.5_F32.gguf-test-00001-of-00003.gguf", "Tiny.v1.5_F32.gguf-test", 1, 3)]
    [InlineData("-00001-of-00001.gguf", "", 1, 1)]
    public void NamesAreTakenApart(string path, string prefix, int number, int count)
    {
        Assert.True(GgufSplitName.TryParse(path, out GgufSplitName name));
        Assert.Equal(new GgufSplitName(prefix, number, count), name);
        Assert.Equal(path, name.Part(number));
    }

    [Theory]
    [InlineData("model.gguf")]
    [InlineData("model-00000-of-00003.gguf")]
    [InlineData("model-00004-of-00003.gguf")]
    [InlineData("model-0001-of-0003.gguf")]
    [InlineData("model-+0001-of-00003.gguf")]
    [InlineData("model-00001-of-00003.bin")]
    [InlineData(".gguf")]
    public void OtherNamesAreNot(string path) => Assert.False(GgufSplitName.TryParse(path, out _));

    private static IEnumerable<string> FirstParts(string area)
    {
        if (Shared.Oracle is null) return [];
        string root = Path.Combine(Shared.Oracle, area);
        return !Directory.Exists(root) ? [] : Directory.EnumerateFiles(root, "*-00001-of-*.gguf", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f)).Order(StringComparer.Ordinal);
    }

    private IReadOnlyList<string> Write()
    {
        TensorSource[] tensors = [.. Enumerable.Range(0, 3).Select(i => TensorSource.From($"t{i}", ElementType.I8, [32], new byte[32]))];
        IReadOnlyList<string> parts = GgufWriter.WriteSplit(folder["model"], new GgufMetadata { ["general.name"] = GgufValue.Of("x") }, tensors, 32);
        Assert.Equal(3, parts.Count);
        return parts;
    }

    private static void Rewrite(string path, Action<GgufMetadata> change)
    {
        var metadata = new GgufMetadata
        {
            ["split.no"] = GgufValue.Of((ushort)2),
            ["split.count"] = GgufValue.Of((ushort)3),
            ["split.tensors.count"] = GgufValue.Of(3),
        };
        change(metadata);
        var bytes = new GgufBytes();
        foreach ((string key, GgufValue value) in metadata) bytes.Key(key, (uint)value.Type, value.Encoded.ToArray());
        File.WriteAllBytes(path, bytes.Build());
    }

    private static void WriteRaw(string path, ushort number, ushort count, params string[] tensors)
    {
        var bytes = new GgufBytes { Data = 32 * tensors.Length };
        bytes.Key("split.no", 2, BitConverter.GetBytes(number)).Key("split.count", 2, BitConverter.GetBytes(count));
        for (int i = 0; i < tensors.Length; i++) bytes.Tensor(tensors[i], [32], 24, (ulong)i * 32);
        File.WriteAllBytes(path, bytes.Build());
    }
}
