namespace Candor.Formats;

/// <summary>
/// A file that appears whole or not at all: bytes go to a temporary name beside it, are flushed to the disk, and take the
/// real name last. Disposing without <see cref="Commit"/> leaves whatever stood there before.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private const int BufferBytes = 1 << 20;
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
        temporary = Path.Combine(Path.GetDirectoryName(this.path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
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
