using System.Diagnostics;

namespace Candor.Formats.Tests;

/// <summary>What is no regular file is refused at once: no reader waits for a pipe or drinks a device.</summary>
public sealed class SpecialFilesTests : IDisposable
{
    private readonly TempFolder folder = new();

    public static TheoryData<string> Readers => ["gguf", "safetensors", "store", "config"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task PipesAreRefused(string reader)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no such pipes");
        string pipe = folder["pipe.gguf"];
        using (Process make = Process.Start("mkfifo", pipe)) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        Task refused = Task.Run(() => Fault.Of(pipe, Open(reader), "not a regular file"));
        await refused.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(folder["link"], pipe);
        refused = Task.Run(() => Fault.Of(folder["link"], Open(reader), "not a regular file"));
        await refused.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task DevicesAreRefused(string reader)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no such devices");
        foreach (string device in new[] { "/dev/zero", "/dev/null", "/dev/urandom" })
        {
            Task refused = Task.Run(() => Fault.Of(device, Open(reader), "not a regular file"));
            await refused.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void FoldersAndMissingFilesAreRefused(string reader)
    {
        string inner = Directory.CreateDirectory(folder["model.gguf"]).FullName;
        if (reader != "store") Fault.Of(inner, Open(reader), "folder");
        Fault.Of(folder["none.gguf"], Open(reader), "no such file");
        Fault.Of(folder["none/none.gguf"], Open(reader), "no such file");
        File.CreateSymbolicLink(folder["dangling"], folder["nowhere"]);
        Fault.Of(folder["dangling"], Open(reader));
        File.CreateSymbolicLink(folder["loop"], folder["loop"]);
        Fault.Of(folder["loop"], Open(reader));
        Assert.Throws<ModelFormatException>(() => Open(reader)("a\0b"));
        Assert.Throws<ModelFormatException>(() => Open(reader)(""));
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void LinksAreFollowed(string reader)
    {
        folder.Write("target", reader switch
        {
            "gguf" or "store" => new GgufBytes().Build(),
            "safetensors" => SafetensorsBytes.Of("{}"),
            _ => "{}"u8.ToArray(),
        });
        File.CreateSymbolicLink(folder["first"], "target");
        File.CreateSymbolicLink(folder["second"], folder["first"]);
        Open(reader)(folder["second"]).Dispose();
    }

    private static Func<string, IDisposable> Open(string reader) => reader switch
    {
        "gguf" => GgufFile.Open,
        "safetensors" => SafetensorsFile.Open,
        "store" => TensorStore.Open,
        _ => path =>
        {
            ConfigJson.Read(path);
            return new MemoryStream();
        },
    };
}
