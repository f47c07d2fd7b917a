using System.Diagnostics;
using Candor.Tensors;

namespace Candor.Formats.Tests;

public sealed class GgufWriterTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AFaultWhileWritingLeavesTheOldFile()
    {
        string path = folder.Write("a.gguf", "old");
        var full = new TensorSource("t", ElementType.F32, [1024], s =>
        {
            s.Write(new byte[100]);
            throw new IOException("No space left on device");
        });
        Assert.Throws<IOException>(() => GgufWriter.Write(path, new GgufMetadata(), [full]));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void AFullDiskLeavesNoPart()
    {
        int written = 0;
        TensorSource[] tensors = [.. Enumerable.Range(0, 4).Select(i => new TensorSource($"t{i}", ElementType.I8, [64], s =>
        {
            if (++written == 4) throw new IOException("No space left on device");
            s.Write(new byte[64]);
        }))];
        Assert.Throws<IOException>(() => GgufWriter.WriteSplit(folder["m"], new GgufMetadata(), tensors, 64));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void CancellingLeavesNothing()
    {
        using var source = new CancellationTokenSource();
        var first = new TensorSource("a", ElementType.I8, [4], s =>
        {
            s.Write(new byte[4]);
            source.Cancel();
        });
        TensorSource second = TensorSource.From("b", ElementType.I8, [4], new byte[4]);
        Assert.Throws<OperationCanceledException>(() => GgufWriter.Write(folder["a.gguf"], new GgufMetadata(), [first, second], source.Token));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void TensorsMustWriteWhatTheySay()
    {
        foreach (int bytes in new[] { 3, 5 })
            Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(folder["a.gguf"], new GgufMetadata(), [new TensorSource("a", ElementType.I8, [4], s => s.Write(new byte[bytes]))]));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void WhatGgufCannotHoldIsRefused()
    {
        Refused(TensorSource.From("t", ElementType.U8, [4], new byte[4]));
        Refused(TensorSource.From("t", ElementType.I8, [1, 1, 1, 1, 1], new byte[1]));
        Refused(TensorSource.From(new string('n', 64), ElementType.I8, [1], new byte[1]));
        Refused(TensorSource.From("t", ElementType.Q8_0, [2, 16], new byte[34]));
        Refused(TensorSource.From("t", ElementType.I8, [1], new byte[1]), TensorSource.From("t", ElementType.I8, [1], new byte[1]));
        Assert.Throws<ArgumentException>(() => TensorSource.From("t", ElementType.I8, [2], new byte[1]));
        Assert.Throws<ArgumentException>(() => TensorSource.From("t", [2], new float[1]));
        Assert.Throws<ArgumentException>(() => TensorSource.From("t", ElementType.Q4_K, [128], new byte[72]));
        Assert.Throws<ArgumentException>(() => TensorSource.From("t", ElementType.F32, [long.MaxValue, 2], new byte[72]));
        Assert.Throws<ArgumentException>(() => GgufWriter.Write(folder["a.gguf"], new GgufMetadata { ["general.alignment"] = GgufValue.Of(13u) }, []));
        Assert.Throws<ArgumentException>(() => new GgufMetadata { [""] = GgufValue.Of(13u) });

        void Refused(params TensorSource[] tensors) =>
            Assert.Throws<ArgumentException>(() => GgufWriter.Write(folder["a.gguf"], new GgufMetadata(), tensors));
    }

    [Fact]
    public void AFolderIsNotAFile() =>
        Assert.Throws<IOException>(() => GgufWriter.Write(folder.Path, new GgufMetadata(), []));

    [Fact]
    public async Task PipesAndDevicesAreNotReplaced()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no such files");
        string pipe = folder["pipe"];
        using (Process make = Process.Start("mkfifo", pipe)) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        foreach (string path in (string[])[pipe, "/dev/full"])
            Assert.Contains("pipe or a device", Assert.Throws<IOException>(() => AtomicFile.Write(path, s => s.WriteByte(1))).Message, StringComparison.Ordinal);
        AtomicFile.Write(folder["empty"], _ => { });
        AtomicFile.Write(folder["empty"], s => s.WriteByte(1));
        Assert.Equal([1], File.ReadAllBytes(folder["empty"]));
        Assert.Throws<DirectoryNotFoundException>(() => new AtomicFile(folder["nowhere/x"]));
    }

    [Fact]
    public void AModelCanReplaceTheFileItIsReadFrom()
    {
        string path = GgufFileTests.WriteSmall(folder["a.gguf"]);
        byte[] before = File.ReadAllBytes(path);
        using GgufFile file = GgufFile.Open(path);
        GgufWriter.Write(path, file.Metadata, [.. file.Tensors.Values.Select(t => TensorSource.From(t))]);
        Assert.Equal(before, File.ReadAllBytes(path));
        file.EnsureIntact();
    }
}
