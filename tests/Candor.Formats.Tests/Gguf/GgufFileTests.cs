using Candor.Tensors;

namespace Candor.Formats.Tests;

public sealed class GgufFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A small model whose last tensor ends with the file, so that every cut takes something away.</summary>
    internal static string WriteSmall(string path)
    {
        var metadata = new GgufMetadata
        {
            ["general.architecture"] = GgufValue.Of("llama"),
            ["llama.block_count"] = GgufValue.Of(1u),
            ["llama.rope.freq_base"] = GgufValue.Of(10000f),
            ["tokenizer.ggml.tokens"] = GgufValue.OfArray(["<unk>", "a", "bc", "漢"]),
            ["tokenizer.ggml.scores"] = GgufValue.OfArray(0f, -1f, -2.5f, float.NegativeInfinity),
            ["nested"] = GgufValue.OfArray(GgufValueType.Array, [GgufValue.OfArray<byte>(1, 2), GgufValue.OfArray(["x"])]),
            ["flag"] = GgufValue.Of(true),
        };
        var bytes = new byte[34 * 16];
        new Random(7).NextBytes(bytes);
        GgufWriter.Write(path, metadata,
        [
            TensorSource.From("token_embd.weight", [4, 8], new float[32]),
            TensorSource.From("output.weight", ElementType.Q8_0, [2, 256], bytes),
        ]);
        return path;
    }

    [Fact]
    public void EveryTruncationIsRefused()
    {
        byte[] whole = File.ReadAllBytes(WriteSmall(folder["whole.gguf"]));
        GgufFile.Open(folder["whole.gguf"]).Dispose();
        for (int length = 0; length < whole.Length; length++)
        {
            string path = folder.Write("cut.gguf", whole.AsSpan(0, length));
            Fault.Of(path, GgufFile.Open);
        }
    }

    [Fact]
    public void ShapesAreInNumpyOrder()
    {
        using GgufFile file = GgufFile.Open(folder.Write("a.gguf", new GgufBytes { Data = 96 }.Tensor("t", [2, 3, 4]).Build()));
        Assert.Equal([4, 3, 2], file.Tensors["t"].Shape);
    }

    [Fact]
    public void FilesWithoutTensorsOpen()
    {
        byte[] bytes = new GgufBytes { Version = 2 }.Key("general.architecture", 8, GgufBytes.Text("llama")).Build();
        using GgufFile file = GgufFile.Open(folder.Write("vocabulary.gguf", bytes.AsSpan(0, 24 + 8 + 20 + 4 + 8 + 5)));
        Assert.Empty(file.Tensors);
        Assert.Equal("llama", file.Metadata.GetString("general.architecture"));
        Assert.Equal(2, file.Version);
    }

    [Fact]
    public void ScalarsAndEmptyTensorsOpen()
    {
        using GgufFile file = GgufFile.Open(folder.Write("a.gguf", new GgufBytes { Data = 32 }.Tensor("scalar", []).Tensor("empty", [0, 3], 0, 32).Build()));
        Assert.Empty(file.Tensors["scalar"].Shape);
        Assert.Equal(1, file.Tensors["scalar"].ElementCount);
        Assert.Equal([3, 0], file.Tensors["empty"].Shape);
        Assert.Equal(0, file.Tensors["empty"].ByteLength);
    }

    [Fact]
    public void TruncationWhileOpenIsSeen()
    {
        string path = WriteSmall(folder["a.gguf"]);
        using GgufFile file = GgufFile.Open(path);
        file.EnsureIntact();
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(stream.Length - 1);
        ModelFormatException fault = Assert.Throws<ModelFormatException>(file.EnsureIntact);
        Assert.Contains("truncated", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MetadataOfADisposedFileSaysSo()
    {
        GgufFile file = GgufFile.Open(WriteSmall(folder["a.gguf"]));
        GgufValue value = file.Metadata["tokenizer.ggml.tokens"];
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => value.TryGetStrings(out _));
    }

    [Fact]
    public void OpeningTakesLittleMemoryAndDecodesNothing()
    {
        string[] tokens = [.. Enumerable.Range(0, 150_000).Select(i => $"token-{i}")];
        string path = folder["big.gguf"];
        GgufWriter.Write(path, new GgufMetadata { ["tokens"] = GgufValue.OfArray(tokens), ["types"] = GgufValue.OfArray<int>(new int[150_000]) }, []);
        GgufFile.Open(path).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using GgufFile file = GgufFile.Open(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 10);
        Assert.True(file.Metadata.TryGetStrings("tokens", out string[] read));
        Assert.Equal(tokens, read);
        int i = 0;
        foreach (ReadOnlySpan<byte> utf8 in file.Metadata["tokens"].EnumerateUtf8()) Assert.Equal(tokens[i++].Length, utf8.Length);
        Assert.Equal(tokens.Length, i);
    }

    [Fact]
    public void MemoryGrowsNoFasterThanTheFile()
    {
        var tensors = Enumerable.Range(0, 20_000).Select(i => TensorSource.From($"blk.{i}.weight", ElementType.F32, [8, 8], new byte[256]));
        GgufWriter.Write(folder["many.gguf"], new GgufMetadata(), [.. tensors]);
        Fault.IsBounded(folder["many.gguf"], GgufFile.Open);
    }
}
