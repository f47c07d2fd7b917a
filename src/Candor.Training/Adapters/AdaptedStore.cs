using System.Collections.Immutable;
using Candor.Formats;
using Candor.Kernels;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// A model's tensors with an adapter merged in: those that it changes are float32 in memory, the others stay in the files. What runs
/// the model need not know of the adapter. Owns the files.
/// </summary>
public sealed unsafe class AdaptedStore : TensorStore
{
    private readonly TensorStore files;
    private readonly List<NativeBuffer> buffers = [];
    private readonly Dictionary<string, StoredTensor> tensors;

    private AdaptedStore(TensorStore files) => (this.files, tensors) = (files, files.Tensors.ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal));

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => tensors;

    /// <inheritdoc/>
    public override string Path => files.Path;

    /// <summary>Merges an adapter into a model that was opened.</summary>
    /// <param name="source">The model.</param>
    /// <param name="adapter">A folder as PEFT writes it, or a GGUF file.</param>
    /// <exception cref="TrainingException">The adapter cannot be read, or was made for another model.</exception>
    public static AdaptedStore Merge(ModelSource source, string adapter)
    {
        ArgumentNullException.ThrowIfNull(source);
        AdapterSet adapters = AdapterFile.Read(adapter);
        using TrainingModel model = AdapterFile.Model(source, adapters);
        AdapterMerge.Into(adapters, model.Pass.Pool, source.Store);
        HashSet<string> names = [.. model.Parameters.All.Where(p => p.Trains || adapters.Changes(p)).Select(p => RoleStore.FileName(model.Spec, p))];
        var made = new AdaptedStore(source.Store);
        foreach (TensorSource tensor in RoleStore.Export(model.Spec, model.Parameters).Where(t => names.Contains(t.Name))) made.Put(tensor);
        return made;
    }

    /// <inheritdoc/>
    public override void EnsureIntact() => files.EnsureIntact();

    /// <inheritdoc/>
    public override void Forget(byte* begin, long length) => files.Forget(begin, length);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) files.Dispose();
        foreach (NativeBuffer buffer in buffers) buffer.Dispose();
        buffers.Clear();
    }

    private void Put(TensorSource tensor)
    {
        var buffer = new NativeBuffer(Math.Max(sizeof(float), tensor.ByteLength));
        buffers.Add(buffer);
        using (var stream = new UnmanagedMemoryStream(buffer.Pointer, tensor.ByteLength, tensor.ByteLength, FileAccess.Write)) tensor.WriteTo(stream);
        ImmutableArray<long> shape = tensors.TryGetValue(tensor.Name, out StoredTensor? old) ? old.Shape : tensor.Shape;
        tensors[tensor.Name] = new StoredTensor(tensor.Name, ElementType.F32, shape, Path, buffer.Pointer, tensor.ByteLength);
    }
}
