using System.Buffers.Binary;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>
/// One safetensors file, memory-mapped and checked: 8 bytes of length, a JSON header, then the tensors without gaps.
/// The format: https://github.com/huggingface/safetensors#format. Thread-safe to read.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    /// <summary>The most bytes that a header may have.</summary>
    public const int HeaderLimit = 100_000_000;

    private readonly MappedFile file;

    private SafetensorsFile(MappedFile file, string path)
    {
        this.file = file;
        Path = path;
        var all = new ReadOnlySpan<byte>(file.Pointer, (int)Math.Min(file.Length, HeaderLimit + 8));
        if (file.Length < 8) throw new ModelFormatException(path, "byte 0", $"the file has {file.Length} bytes, a header length of 8 bytes is expected");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(all);
        if (length > HeaderLimit || length > (ulong)file.Length - 8)
        {
            ModelFile.RefusePickle(path, all);
            throw new ModelFormatException(path, "byte 0", $"the header length is {length}, at most {Math.Min(HeaderLimit, file.Length - 8)} is possible here");
        }

        ReadOnlySpan<byte> header = all.Slice(8, (int)length);
        var parsed = new SafetensorsHeader(path, header, file.Length - 8 - header.Length);
        Metadata = parsed.Metadata;
        byte* data = file.Pointer + 8 + header.Length;
        var tensors = new Dictionary<string, StoredTensor>(parsed.Entries.Count, StringComparer.Ordinal);
        foreach (SafetensorsHeader.Entry e in parsed.Entries)
            tensors.Add(e.Name, new StoredTensor(e.Name, e.Type, e.Shape, path, data + e.Begin, e.End - e.Begin));
        Tensors = tensors;
    }

    /// <summary>The file that was opened.</summary>
    public string Path { get; }

    /// <summary>The tensors by name, in the header's order.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The strings of <c>__metadata__</c>; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Bytes of the file.</summary>
    public long FileBytes => file.Length;

    /// <summary>Opens a file.</summary>
    /// <exception cref="ModelFormatException">It is missing, damaged, hostile or no safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (File.Exists(path) && ModelFile.HasPickleName(path)) throw ModelFile.Pickle(path);
        MappedFile file = ModelFile.Map(path);
        try
        {
            return new SafetensorsFile(file, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Checks that the file did not become shorter since it was mapped.</summary>
    /// <exception cref="ModelFormatException">It did.</exception>
    public void EnsureIntact()
    {
        if (!file.IsIntact) throw new ModelFormatException(Path, "", $"was truncated while it was open, {file.Length} bytes are expected");
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>See <see cref="TensorStore.Forget"/>.</summary>
    internal void Forget(byte* begin, long length) => file.Forget(begin, length);
}
