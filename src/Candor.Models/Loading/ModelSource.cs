using Candor.Formats;

namespace Candor.Models;

/// <summary>
/// A model on disk, opened: its architecture and its weights, not yet compiled. Owns the files until
/// <see cref="Compile"/> hands them to a plan.
/// </summary>
public sealed class ModelSource : IDisposable
{
    private bool compiled;

    private ModelSource(string path, ModelSpec spec, TensorStore store, GgufFile? gguf, ModelFolder? folder) =>
        (Path, Spec, Store, Gguf, Folder) = (path, spec, store, gguf, folder);

    /// <summary>What was opened: a GGUF file, a folder, or a JSON spec beside its weights.</summary>
    public string Path { get; }

    /// <summary>The architecture.</summary>
    public ModelSpec Spec { get; }

    /// <summary>The weights.</summary>
    public TensorStore Store { get; private set; }

    /// <summary>The GGUF file, where it is one.</summary>
    public GgufFile? Gguf { get; }

    /// <summary>The Hugging Face folder, where it is one.</summary>
    public ModelFolder? Folder { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="path">A GGUF file (any part of a split one), a Hugging Face folder, or a <see cref="ModelSpec"/> as JSON beside its weights.</param>
    /// <exception cref="ModelFormatException">It is damaged, incomplete or of an unsupported kind.</exception>
    public static ModelSource Open(string path)
    {
        if (Directory.Exists(path)) return OpenFolder(path);
        if (System.IO.Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)) return OpenSpec(path);
        GgufFile file = GgufFile.Open(path);
        return Guard(file, () => new ModelSource(path, FamilyRegistry.FromGguf(file), file, file, null));
    }

    /// <summary>Puts other numbers in place of the files'; the store takes over the one before.</summary>
    /// <param name="store">A store with the same names and shapes, which owns the files.</param>
    public void Replace(TensorStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Store = store;
    }

    /// <summary>Compiles the model; the plan owns the files from then on, also if this throws.</summary>
    /// <inheritdoc cref="Plan.Compile"/>
    public Plan Compile(PlanOptions? options = null)
    {
        if (compiled) throw new InvalidOperationException("already compiled");
        compiled = true;
        ModelWeights? weights = null;
        try
        {
            weights = new ModelWeights(Spec, Store);
            return Plan.Compile(Spec, weights, options);
        }
        catch (Exception e)
        {
            if (weights is null) Store.Dispose();
            else weights.Dispose();
            if (e is ModelSpecException) throw new ModelFormatException(Path, "", e.Message, e);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!compiled) Store.Dispose();
    }

    private static ModelSource OpenFolder(string path)
    {
        ModelFolder folder = ModelFolder.Open(path);
        if (folder.Find("candor.json") is { } spec && !folder.HasConfig) return OpenSpec(spec);
        ConfigJson config = folder.Config;
        TensorStore store = folder.OpenWeights();
        return Guard(store, () => new ModelSource(path, FamilyRegistry.FromConfig(config, store), store, null, folder));
    }

    private static ModelSource OpenSpec(string path)
    {
        ModelSpec spec = ModelSpecJson.Read(path);
        string parent = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        string[] gguf = Directory.GetFiles(parent, "*.gguf");
        if (gguf.Length > 1) throw new ModelFormatException(parent, "", $"{gguf.Length} GGUF files lie beside the spec; exactly one is needed");
        if (gguf.Length == 1)
        {
            GgufFile file = GgufFile.Open(gguf[0]);
            return new ModelSource(path, spec, file, file, null);
        }

        ModelFolder folder = ModelFolder.Open(parent);
        return new ModelSource(path, spec, folder.OpenWeights(), null, folder);
    }

    private static ModelSource Guard(TensorStore store, Func<ModelSource> make)
    {
        try
        {
            return make();
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}
