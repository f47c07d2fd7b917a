namespace Candor.Formats;

/// <summary>
/// Named tensors in one or more mapped files. Thread-safe to read. Disposing unmaps the files; pointers taken before
/// are then invalid.
/// </summary>
public abstract class TensorStore : IDisposable
{
    /// <summary>
    /// Opens whatever holds tensors: a GGUF file (known by its first bytes), a safetensors file or index, or a folder
    /// with weights as Hugging Face lays them out.
    /// </summary>
    /// <exception cref="ModelFormatException">It is missing, damaged, hostile or of another kind.</exception>
    public static TensorStore Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path)) return ModelFolder.Open(path).OpenWeights();
        return path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) || ModelFile.StartsWith(path, "GGUF"u8)
            ? GgufFile.Open(path)
            : SafetensorsStore.Open(path);
    }

    /// <summary>The tensors by name, in the files' order.</summary>
    public abstract IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The file or folder that was opened.</summary>
    public abstract string Path { get; }

    /// <summary>Checks that no file became shorter since it was mapped; reading a lost page would end the process.</summary>
    /// <exception cref="ModelFormatException">A file was truncated.</exception>
    public abstract void EnsureIntact();

    /// <summary>Says that some tensor will not be read soon, which gives memory back to the system; it can still be read.</summary>
    /// <param name="begin">Its first byte.</param>
    /// <param name="length">Bytes.</param>
    public unsafe virtual void Forget(byte* begin, long length)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Unmaps the files.</summary>
    /// <param name="disposing">True when called from <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}
