namespace Candor.Formats;

/// <summary>
/// A file that appears whole or not at all: bytes go to a temporary name beside it, are flushed to the disk, and take the
/// real name last. Disposing without <see cref="Commit"/> leaves whatever stood there before.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private static readonly string[] SystemFolders = ["/dev/", "/proc/", "/sys/"];
    private readonly string path;
    private readonly string temporary;
    private readonly FileStream stream;
    private bool committed;

    /// <summary>Begins a file.</summary>
    /// <exception cref="IOException">The folder is missing or full, or the path is a folder's.</exception>
    public AtomicFile(string path)
    {
        this.path = Path.GetFullPath(path);
        if (Directory.Exists(this.path)) throw new IOException($"{path} is a folder, so no file can be written there");
        string folder = Path.GetDirectoryName(this.path)!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: there is no such folder, so {Path.GetFileName(path)} cannot be written there");
        if (IsSpecial(this.path)) throw new IOException($"{path} is a pipe or a device; a file would take its place");
        temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
    }

    /// <summary>Where to write.</summary>
    public Stream Stream => stream;

    /// <summary>Writes a whole file.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new AtomicFile(path);
        write(file.Stream);
        file.Flush();
        file.Commit();
    }

    /// <summary>Brings all bytes to the disk and closes the temporary file. Several files are all flushed before any is committed.</summary>
    public void Flush()
    {
        stream.Flush(flushToDisk: true);
        stream.Dispose();
    }

    /// <summary>Gives the flushed file its name.</summary>
    public void Commit()
    {
        File.Move(temporary, path, overwrite: true);
        committed = true;
    }

    /// <summary>Whether something stands there that is no regular file.</summary>
    private static bool IsSpecial(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length > 0 || OperatingSystem.IsWindows()) return false;
        if (SystemFolders.Any(f => path.StartsWith(f, StringComparison.Ordinal)) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal)) return true;
        try
        {
            // Opened for both ways, a pipe does not wait for its other end.
            using var found = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return !found.CanSeek;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (committed) return;
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
            // What is still buffered does not fit on the disk; the file goes away in any case.
        }

        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The fault that brought us here is the one to report.
        }
    }
}
