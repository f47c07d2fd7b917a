using System.Text;
using FsCheck.Xunit;

namespace Candor.Formats.Tests.Gguf;

public sealed class ImportanceMatrixTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        var entries = new Dictionary<string, ImportanceEntry>
        {
            ["blk.0.attn_q.weight"] = new([1, 2, 3], [2]),
            ["blk.0.ffn_up_exps.weight"] = new([1, 2, 0, 0, 5, 6], [1, 0, 4]),
        };
        new ImportanceMatrix(entries, ["wiki.txt"], 7, 512).Write(folder["a.gguf"]);
        var read = ImportanceMatrix.Read(folder["a.gguf"]);
        Assert.Equal(["wiki.txt"], read.Datasets);
        Assert.Equal((7, 512, 2), (read.Chunks, read.ChunkTokens, read.Entries.Count));
        Assert.Equal([0.5f, 1, 1.5f], read.Of("blk.0.attn_q.weight", 1, 3)!);
        // The second expert saw nothing.
        Assert.Equal([1, 2, 1, 1, 1.25f, 1.5f], read.Of("blk.0.ffn_up_exps.weight", 3, 2)!);
        Assert.Null(read.Of("output.weight", 1, 3));
        Assert.Contains("another model", Assert.Throws<ModelFormatException>(() => read.Of("blk.0.attn_q.weight", 1, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LlamasOlderFilesAreRead()
    {
        byte[] bytes = Binary(("blk.0.attn_q.weight", 4, [4, 8, 12]), ("output.weight", 1, [1, 2]));
        var read = ImportanceMatrix.Read(folder.Write("old.dat", bytes));
        Assert.Equal([1, 2, 3], read.Of("blk.0.attn_q.weight", 1, 3)!);
        Assert.Equal([1, 2], read.Of("output.weight", 1, 2)!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GGU")]
    [InlineData("no importance matrix at all")]
    public void OtherFilesAreRefused(string content) =>
        Assert.Throws<ModelFormatException>(() => ImportanceMatrix.Read(folder.Write("other", content)));

    [Fact]
    public void NumbersThatCannotBeAreRefusedByName()
    {
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, -1])
        {
            byte[] bytes = Binary(("one", 1, [1, bad]));
            Assert.Contains("one", Assert.Throws<ModelFormatException>(() => ImportanceMatrix.Read(folder.Write("bad", bytes))).Message, StringComparison.Ordinal);
        }

        byte[] twice = Binary(("one", 1, [1]), ("one", 1, [1]));
        Assert.Throws<ModelFormatException>(() => ImportanceMatrix.Read(folder.Write("twice", twice)));
        using GgufFile _ = Model(folder["model.gguf"]);
        Assert.Throws<ModelFormatException>(() => ImportanceMatrix.Read(folder["model.gguf"]));
    }

    [Property(MaxTest = 300)]
    public void CutAndChangedFilesAreRefusedOrRead(int seed)
    {
        var random = new Random(seed);
        byte[] bytes = Binary(("blk.0.attn_q.weight", 4, [4, 8, 12]), ("output.weight", 1, [1, 2]));
        if (random.Next(2) == 0) bytes = bytes[..random.Next(bytes.Length)];
        for (int i = random.Next(3); i > 0 && bytes.Length > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        string path = folder.Write($"fuzz{seed}", bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            ImportanceMatrix.Read(path);
        }
        catch (ModelFormatException)
        {
            // As it should be.
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static GgufFile Model(string path)
    {
        GgufWriter.Write(path, new GgufMetadata { ["general.architecture"] = GgufValue.Of("llama") }, [TensorSource.From("a", [1], new float[1])]);
        return GgufFile.Open(path);
    }

    private static byte[] Binary(params (string Name, int Calls, float[] Values)[] entries)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(entries.Length);
        foreach ((string name, int calls, float[] values) in entries)
        {
            writer.Write(Encoding.UTF8.GetByteCount(name));
            writer.Write(Encoding.UTF8.GetBytes(name));
            writer.Write(calls);
            writer.Write(values.Length);
            foreach (float value in values) writer.Write(value);
        }

        return stream.ToArray();
    }
}
