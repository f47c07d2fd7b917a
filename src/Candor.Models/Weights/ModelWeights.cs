using Candor.Formats;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models;

/// <summary>
/// The numbers of a model: finds each weight by its role, checks its shape, and keeps what had to be copied. Matrices
/// stay where the file is mapped, as stored; vectors become float32. Owns the <see cref="TensorStore"/>.
/// </summary>
public sealed unsafe class ModelWeights : IDisposable
{
    private readonly Dictionary<string, WeightSource> sources = [];
    private readonly List<NativeBuffer> owned = [];

    /// <summary>Joins a spec's tensor map with the files.</summary>
    /// <exception cref="ModelFormatException">The tensor map has a line that cannot be read.</exception>
    public ModelWeights(ModelSpec spec, TensorStore store)
    {
        Store = store;
        foreach ((string role, string line) in spec.Tensors)
        {
            try
            {
                sources[role] = WeightSource.Parse(line);
            }
            catch (FormatException e)
            {
                throw new ModelFormatException(store.Path, $"tensors.{role}", e.Message, e);
            }
        }
    }

    /// <summary>The files.</summary>
    public TensorStore Store { get; }

    /// <summary>What is added to the stored numbers of each role.</summary>
    internal IEnumerable<(string Role, float Offset)> Offsets =>
        sources.Select(s => (s.Key, (float)s.Value.Operations.Where(o => o.Kind == WeightOperationKind.Add).Sum(o => o.A))).Where(s => s.Item2 != 0);

    /// <summary>Whether the map names this role and, where the map calls it optional, its tensor exists.</summary>
    public bool Has(string role, int layer = -1, int expert = -1) =>
        sources.TryGetValue(role, out WeightSource? source) && (!source.Optional || Find(source, layer, expert) is not null);

    /// <summary>The matrix of a role.</summary>
    /// <param name="role">Its role.</param>
    /// <param name="rows">Rows that it must have.</param>
    /// <param name="columns">Columns that it must have.</param>
    /// <param name="layer">Index of the layer, or -1.</param>
    /// <param name="expert">Index of the expert, or -1.</param>
    /// <exception cref="ModelFormatException">It is missing or of another shape.</exception>
    public WeightMatrix Matrix(string role, int rows, int columns, int layer = -1, int expert = -1)
    {
        RawWeight raw = Load(role, layer, expert, out StoredTensor tensor);
        if (raw.Rows != rows || raw.Columns != columns)
        {
            raw.Owned?.Dispose();
            throw new ModelFormatException(tensor.File, tensor.Name, $"has shape {RawWeight.Text(tensor)}; [{rows}, {columns}] expected for '{role}'");
        }

        if (!IsNumber(raw.Type))
            throw new ModelFormatException(tensor.File, tensor.Name, $"type {raw.Type} cannot be a weight");
        if (raw.Type is not (ElementType.F32 or ElementType.F16 or ElementType.BF16) && !raw.Type.IsQuantized()) raw.ToFloat();
        if (raw.Owned is not null) owned.Add(raw.Owned);
        return new WeightMatrix(raw.Type, rows, columns, raw.Data) { Name = tensor.Name, Slice = Math.Max(0, expert) };
    }

    /// <summary>The matrix of a role, or null where it is not there.</summary>
    /// <inheritdoc cref="Matrix"/>
    public WeightMatrix? MatrixOrNull(string role, int rows, int columns, int layer = -1, int expert = -1) =>
        Has(role, layer, expert) ? Matrix(role, rows, columns, layer, expert) : null;

    /// <summary>A vector as float32, [count].</summary>
    /// <exception cref="ModelFormatException">It is missing or has another number of elements.</exception>
    public float* Vector(string role, int count, int layer = -1, int expert = -1)
    {
        RawWeight raw = Load(role, layer, expert, out StoredTensor tensor);
        if (raw.Rows * raw.Columns != count)
        {
            raw.Owned?.Dispose();
            throw new ModelFormatException(tensor.File, tensor.Name, $"has shape {RawWeight.Text(tensor)}; {count} elements expected for '{role}'");
        }

        raw.ToFloat();
        owned.Add(raw.Owned!);
        return (float*)raw.Data;
    }

    /// <summary>A vector as float32, or null where it is not there.</summary>
    /// <inheritdoc cref="Vector"/>
    public float* VectorOrNull(string role, int count, int layer = -1, int expert = -1) =>
        Has(role, layer, expert) ? Vector(role, count, layer, expert) : null;

    /// <summary>Elements of a role's tensor as stored, or 0 where it is not there.</summary>
    public long CountOf(string role, int layer = -1) =>
        sources.TryGetValue(role, out WeightSource? source) ? Find(source, layer, -1)?.ElementCount ?? 0 : 0;

    /// <summary>The stored tensor that a role names, or null.</summary>
    public StoredTensor? Stored(string role, int layer = -1, int expert = -1) =>
        sources.TryGetValue(role, out WeightSource? source) ? Find(source, layer, expert) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer buffer in owned) buffer.Dispose();
        owned.Clear();
        Store.Dispose();
    }

    private static bool IsNumber(ElementType type) => type is not ElementType.Bool;

    /// <summary>The weight of a role after its operations; the caller disposes of what it owns.</summary>
    internal RawWeight Load(string role, int layer, int expert, out StoredTensor tensor)
    {
        if (!sources.TryGetValue(role, out WeightSource? source))
            throw new ModelFormatException(Store.Path, role, "the architecture needs this weight, but its tensor map does not name it");
        tensor = Find(source, layer, expert)
            ?? throw new ModelFormatException(Store.Path, WeightSource.Fill(source.Names[0], layer, expert), "tensor is missing");
        bool slice = expert >= 0 && !source.Names.Any(n => n.Contains("{expert}", StringComparison.Ordinal));
        RawWeight raw = RawWeight.From(tensor, slice ? expert : -1);
        foreach (WeightOperation operation in source.Operations) raw.Apply(operation, tensor);
        return raw;
    }

    private StoredTensor? Find(WeightSource source, int layer, int expert)
    {
        foreach (string name in source.Names)
            if (Store.Tensors.TryGetValue(WeightSource.Fill(name, layer, expert), out StoredTensor? tensor)) return tensor;
        return null;
    }
}
