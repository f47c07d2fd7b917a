namespace Candor.Formats;

/// <summary>The tensors of one safetensors file, or of all shards that an index names.</summary>
public sealed class SafetensorsStore : TensorStore
{
    private readonly List<SafetensorsFile> files = [];
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);

    private SafetensorsStore(string path) => Path = path;

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => tensors;

    /// <summary>The files, in the order in which the index first names them.</summary>
    public IReadOnlyList<SafetensorsFile> Files => files;

    /// <summary>The strings of <c>__metadata__</c> of the first file.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        files.Count > 0 ? files[0].Metadata : new Dictionary<string, string>();

    /// <summary>Opens a safetensors file, or an index (a name that ends in <c>.json</c>) and its shards.</summary>
    /// <exception cref="ModelFormatException">A file is missing, damaged or hostile, or the index does not fit its shards.</exception>
    public static new SafetensorsStore Open(string path) =>
        path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? OpenIndexed(path) : Open(path, [path]);

    /// <summary>Opens several files as one store.</summary>
    /// <param name="path">What the store calls itself: a file or a folder.</param>
    /// <param name="paths">The files; no tensor may be in two of them.</param>
    /// <exception cref="ModelFormatException">A file is missing, damaged or hostile, or a tensor is in two files.</exception>
    public static SafetensorsStore Open(string path, IEnumerable<string> paths) => Open(path, store =>
    {
        foreach (string file in paths) store.Add(SafetensorsFile.Open(file), _ => true);
    });

    /// <inheritdoc/>
    public override void EnsureIntact()
    {
        foreach (SafetensorsFile file in files) file.EnsureIntact();
    }

    /// <inheritdoc/>
    public override unsafe void Forget(byte* begin, long length)
    {
        foreach (SafetensorsFile file in files) file.Forget(begin, length);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (SafetensorsFile file in files) file.Dispose();
    }

    private static SafetensorsStore OpenIndexed(string path) => Open(path, store =>
    {
        SafetensorsIndex index = SafetensorsIndex.Read(path);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        foreach (string name in index.Files)
        {
            string shard = System.IO.Path.Combine(folder, name);
            if (!File.Exists(shard)) throw new ModelFormatException(shard, "", $"this shard is missing; {System.IO.Path.GetFileName(path)} names it");
            store.Add(SafetensorsFile.Open(shard), tensor => !index.Map.TryGetValue(tensor, out string? home) || home == name);
        }

        foreach ((string tensor, string name) in index.Map)
            if (!store.tensors.ContainsKey(tensor))
                throw new ModelFormatException(System.IO.Path.Combine(folder, name), tensor, $"this tensor is missing; {System.IO.Path.GetFileName(path)} says that it is here");
    });

    private static SafetensorsStore Open(string path, Action<SafetensorsStore> fill)
    {
        var store = new SafetensorsStore(path);
        try
        {
            fill(store);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private void Add(SafetensorsFile file, Func<string, bool> belongs)
    {
        files.Add(file);
        foreach ((string name, StoredTensor tensor) in file.Tensors)
            if (belongs(name) && !tensors.TryAdd(name, tensor))
                throw new ModelFormatException(file.Path, name, $"this tensor is also in {tensors[name].File}");
    }
}
