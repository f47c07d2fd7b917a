using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Candor.Tensors;

/// <summary>A file mapped read-only into memory. Thread-safe; disposing unmaps it.</summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly SafeFileHandle? handle;
    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;

    /// <summary>Maps a file. Links are followed.</summary>
    /// <param name="path">A regular file; it may be empty. Pipes and devices are never opened: they count as empty.</param>
    /// <exception cref="IOException">It cannot be opened, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public MappedFile(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        string target = File.ResolveLinkTarget(Path, returnFinalTarget: true)?.FullName ?? Path;
        FileAttributes attributes = File.GetAttributes(target);
        if ((attributes & (FileAttributes.Directory | FileAttributes.Device)) != 0)
            throw new IOException($"{Path} is not a regular file");

        // Opening a pipe waits for its writer, perhaps for ever. Pipes and devices have no length, so what has none is not opened.
        if (new FileInfo(target).Length == 0) return;
        try
        {
            handle = File.OpenHandle(target, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Length = RandomAccess.GetLength(handle);
            if (Length == 0) return;
            map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            Pointer = pointer + view.PointerOffset;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Bytes of the file when it was mapped.</summary>
    public long Length { get; }

    /// <summary>The first byte; null for an empty file and after disposal.</summary>
    public byte* Pointer { get; private set; }

    /// <summary>
    /// Whether the file still has all the bytes that were mapped. Reading a mapped page beyond a file's end kills a
    /// process, so a long-lived reader asks this before each round of reads.
    /// </summary>
    public bool IsIntact => handle is null || (!handle.IsClosed && RandomAccess.GetLength(handle) >= Length);

    /// <summary>
    /// Says that a stretch of memory will not be read soon: where it lies in this file, its pages count no more as this process's. Read again,
    /// they come back from the file.
    /// </summary>
    /// <param name="begin">The first byte.</param>
    /// <param name="length">Bytes.</param>
    public void Forget(byte* begin, long length)
    {
        if (Pointer is not null && begin >= Pointer && length >= 0 && length <= Length - (begin - Pointer)) Pages.Forget(begin, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Pointer is not null)
        {
            Pointer = null;
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        view?.Dispose();
        map?.Dispose();
        handle?.Dispose();
    }
}
