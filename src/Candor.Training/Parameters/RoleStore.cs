using System.Collections.Immutable;
using Candor.Formats;
using Candor.Models;
using Candor.Models.Conversion;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Weights in training as if they were a file whose tensors bear the roles' names: the converter takes it from there.</summary>
internal sealed class RoleStore : TensorStore
{
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);

    private readonly List<NativeBuffer> made = [];

    private RoleStore()
    {
    }

    private unsafe RoleStore(ParameterSet parameters, bool gradients, IReadOnlyDictionary<Parameter, NativeBuffer>? instead = null)
    {
        foreach (Parameter p in parameters.All)
        {
            if (gradients && !p.Trains) continue;
            string name = WeightSource.Fill(Template(p.Role, p.Layer >= 0, p.Expert >= 0), p.Layer, p.Expert);
            ImmutableArray<long> shape = p is { IsVector: true, Columns: 1 } ? [p.Count] : [p.Rows, p.Columns];
            if (instead?.TryGetValue(p, out NativeBuffer? other) == true)
            {
                tensors[name] = new StoredTensor(name, ElementType.F32, shape, "training", (byte*)other.Pointer, p.Count * sizeof(float));
                continue;
            }

            float* values = p.Stored is not null ? null : gradients ? p.Gradient : p.Role == ParameterSet.LogarithmRole ? Negative(p) : p.Value;
            tensors[name] = p.Stored is { } stored
                ? new StoredTensor(name, stored.Type, shape, "training", stored.Data, stored.Rows * stored.RowBytes)
                : new StoredTensor(name, ElementType.F32, shape, "training", (byte*)values, p.Count * sizeof(float));
        }
    }

    public override IReadOnlyDictionary<string, StoredTensor> Tensors => tensors;

    public override string Path => "training";

    /// <summary>No tensors: what a new model has to show.</summary>
    public static RoleStore Empty { get; } = new();

    public override void EnsureIntact()
    {
    }

    /// <summary>The tensors of a model's files with the weights as they are now; they are read when they are written.</summary>
    /// <param name="spec">The architecture as its family reads it.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="gradients">Gradients instead of values: nothing is added to them on the way.</param>
    /// <param name="type">How to store a tensor, by its name; null for float32.</param>
    public static IReadOnlyList<TensorSource> Export(ModelSpec spec, ParameterSet parameters, bool gradients = false, Func<string, ElementType>? type = null)
    {
        ModelSpec target = gradients ? spec with { Tensors = spec.Tensors.ToDictionary(t => t.Key, t => WithoutSums(t.Value)) } : spec;
        var byLayer = parameters.All.GroupBy(p => p.Role).ToDictionary(g => g.Key, g => Template(g.Key, g.First().Layer >= 0, g.First().Expert >= 0));
        ModelSpec source = spec with { Tensors = byLayer };
        var weights = new ModelWeights(source, new RoleStore(parameters, gradients));
        var assembler = new TensorAssembler(source, weights, target);
        return [.. WeightLayout.Of(source, weights, target).Select(Tensor)];

        TensorSource Tensor(TargetTensor t)
        {
            ElementType stored = type?.Invoke(t.Name) ?? ElementType.F32;
            return new TensorSource(t.Name, stored, FolderConfig.Shape(t, assembler.Shape(t)), stream => assembler.Write(t, stored, stream));
        }
    }

    /// <summary>A plan that runs the weights as they are now, where they lie; it must go before they do, or are changed.</summary>
    /// <param name="spec">The architecture.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="instead">Floats in place of some weights', which the plan owns from then on.</param>
    /// <param name="options">How it computes.</param>
    public static Plan Compile(ModelSpec spec, ParameterSet parameters, IReadOnlyDictionary<Parameter, NativeBuffer> instead, PlanOptions options)
    {
        Dictionary<string, string> lines = parameters.All.GroupBy(p => p.Role).ToDictionary(g => g.Key, g => Template(g.Key, g.First().Layer >= 0, g.First().Expert >= 0));
        var store = new RoleStore(parameters, false, instead);
        store.made.AddRange(instead.Values);
        // Factors of rope are no weights; the files have them.
        foreach ((string role, string line) in spec.Tensors.Where(t => t.Key.StartsWith("rope_factors", StringComparison.Ordinal)))
        {
            if (WeightSource.Parse(line).Names.FirstOrDefault(n => parameters.Files?.Tensors.ContainsKey(n) == true) is not { } name) continue;
            lines[role] = line;
            store.tensors[name] = parameters.Files!.Tensors[name];
        }

        ModelSpec source = spec with { Tensors = lines };
        return Plan.Compile(source, new ModelWeights(source, store), options);
    }

    /// <summary>The name of a weight's tensor in the model's files.</summary>
    public static string FileName(ModelSpec spec, Parameter p) => WeightSource.Fill(WeightSource.Parse(spec.Tensors[p.Role]).Names[0], p.Layer, p.Expert);

    protected override void Dispose(bool disposing)
    {
        foreach (NativeBuffer buffer in made) buffer.Dispose();
    }

    private unsafe float* Negative(Parameter p)
    {
        var buffer = new NativeBuffer(p.Count * sizeof(float));
        made.Add(buffer);
        Span<float> to = buffer.AsSpan<float>();
        for (int i = 0; i < p.Count; i++) to[i] = -MathF.Exp(p.Values[i]);
        return (float*)buffer.Pointer;
    }

    private static string Template(string role, bool layered, bool ofExpert) => role + (layered ? ".{layer}" : "") + (ofExpert ? ".{expert}" : "");

    private static string WithoutSums(string line) => string.Join(" | ", line.Split(" | ").Where(p => !p.TrimStart().StartsWith("add ", StringComparison.Ordinal) && p.Trim() != "negexp"));
}
