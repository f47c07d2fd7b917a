using Candor.Tensors;

namespace Candor.Formats.Tests;

/// <summary>Every model file of the reference data opens, and both forms of a family agree on how many weights there are.</summary>
public class ReferenceFilesTests
{
    public static TheoryData<string> Models => Shared.Rows(
        Shared.Folder is null ? [] : Directory.EnumerateFiles(Shared.Folder, "*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".gguf", StringComparison.Ordinal) || f.EndsWith(".safetensors", StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(Shared.Folder, f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Models))]
    public void EveryModelFileOpens(string name)
    {
        string path = Shared.Require(name);
        if (IsBad(name))
        {
            Assert.Throws<ModelFormatException>(() => TensorStore.Open(path));
            return;
        }

        using TensorStore store = TensorStore.Open(path);
        store.EnsureIntact();
        foreach ((string key, StoredTensor tensor) in store.Tensors)
        {
            Assert.Equal(key, tensor.Name);
            Assert.Equal(tensor.ByteLength, tensor.ElementCount / tensor.Type.BlockElements() * tensor.Type.BlockBytes());
        }

        if (store is GgufFile gguf) Assert.True(gguf.Metadata.Count > 0);
    }

    private static bool IsBad(string name) =>
        name.StartsWith("reports/gguf-split-names/missing/", StringComparison.Ordinal)
        || name.EndsWith("safetensors-metadata/number.safetensors", StringComparison.Ordinal);
}
