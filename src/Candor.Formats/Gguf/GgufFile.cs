namespace Candor.Formats;

/// <summary>
/// A GGUF model of version 2 or 3, little-endian, memory-mapped: one file or all parts of a split one. Every offset,
/// length and count is checked when it is opened. The format:
/// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
/// </summary>
public sealed class GgufFile : TensorStore
{
    private const string SplitNumber = "split.no";
    private const string SplitCount = "split.count";
    private const string SplitTensors = "split.tensors.count";
    private readonly List<GgufPart> parts = [];
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);

    private GgufFile(string path) => Path = path;

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => tensors;

    /// <summary>The metadata; of a split model, that of its first part.</summary>
    public GgufMetadata Metadata => parts[0].Metadata;

    /// <summary>The format's version: 2 or 3.</summary>
    public int Version => parts[0].Version;

    /// <summary>What tensor offsets are multiples of, in bytes: a power of two, 32 by default.</summary>
    public int Alignment => parts[0].Alignment;

    /// <summary>The files, in order.</summary>
    public IReadOnlyList<string> Files => [.. parts.Select(p => p.Path)];

    /// <summary>Bytes of all files together.</summary>
    public long FileBytes => parts.Sum(p => p.Length);

    /// <summary>Opens a model. A file without tensors, such as a vocabulary, is fine.</summary>
    /// <param name="path">A file, or any part of a split model: the others are found beside it by their names.</param>
    /// <exception cref="ModelFormatException">A file is missing, damaged, hostile or no GGUF file.</exception>
    public static new GgufFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = new GgufFile(path);
        try
        {
            file.parts.Add(new GgufPart(path));

            // Tools that join parts leave a count of 0 behind.
            if (file.Metadata.TryGetInt32(SplitCount, out int count) && count > 1) file.OpenParts(count);
            foreach (GgufPart part in file.parts)
                foreach (StoredTensor tensor in part.Tensors)
                    if (!file.tensors.TryAdd(tensor.Name, tensor))
                        throw new ModelFormatException(part.Path, tensor.Name, $"this tensor occurs twice (also in {file.tensors[tensor.Name].File})");
            file.CheckTensorCount();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void EnsureIntact()
    {
        foreach (GgufPart part in parts) part.EnsureIntact();
    }

    /// <inheritdoc/>
    public override unsafe void Forget(byte* begin, long length)
    {
        foreach (GgufPart part in parts) part.Forget(begin, length);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (GgufPart part in parts) part.Dispose();
    }

    private void OpenParts(int count)
    {
        if (!GgufSplitName.TryParse(Path, out GgufSplitName name))
            throw new ModelFormatException(Path, SplitCount, $"is {count}, but the file's name does not end in -00001-of-{count:D5}.gguf, so the other parts cannot be found");
        if (name.Count != count)
            throw new ModelFormatException(Path, SplitCount, $"is {count}, but the file's name says {name.Count}");
        for (int number = 1; number <= count; number++)
        {
            string path = name.Part(number);
            if (number != name.Number)
            {
                if (!File.Exists(path))
                    throw new ModelFormatException(path, "", $"part {number} of {count} is missing; it must lie beside {System.IO.Path.GetFileName(Path)}");
                parts.Insert(number - 1, new GgufPart(path));
            }

            Check(parts[number - 1], SplitCount, count);
            Check(parts[number - 1], SplitNumber, number - 1);
        }
    }

    private static void Check(GgufPart part, string key, int expected)
    {
        bool there = part.Metadata.TryGetInt32(key, out int found);
        if (!there || found != expected)
            throw new ModelFormatException(part.Path, key, $"is {(there ? found : "missing")}, {expected} is expected by the names of the parts");
    }

    private void CheckTensorCount()
    {
        if (!Metadata.TryGetInt32(SplitTensors, out int expected) || expected == tensors.Count) return;
        throw new ModelFormatException(Path, SplitTensors, $"is {expected}, but {(parts.Count == 1 ? "the file has" : "the parts have together")} {tensors.Count} tensors");
    }
}
