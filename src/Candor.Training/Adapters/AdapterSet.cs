using Candor.Kernels;
using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>The adapters of a model: made when the network first asks for each, from a folder or new (A random, B zero).</summary>
public sealed unsafe class AdapterSet : IDisposable
{
    private readonly Dictionary<(string Role, int Layer), LowRank> adapters = [];
    private readonly LoraTargets targets;
    private readonly IReadOnlyDictionary<string, float[]>? start;
    private readonly ulong seed;

    /// <summary>New adapters.</summary>
    /// <param name="options">Which, and how large.</param>
    /// <param name="seed">One seed gives one start.</param>
    public AdapterSet(LoraOptions options, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        (Options, targets, this.seed) = (options, new LoraTargets(options), seed);
    }

    internal AdapterSet(LoraOptions options, IReadOnlyDictionary<string, float[]> start)
        : this(options, 0) => this.start = start;

    /// <summary>Which modules have adapters, and how large.</summary>
    public LoraOptions Options { get; }

    /// <summary>The adapters, in the order of the network.</summary>
    public IReadOnlyList<LowRank> All => [.. adapters.Values];

    /// <summary>Their matrices.</summary>
    public IEnumerable<Parameter> Parameters => All.SelectMany(a => (Parameter[])[a.A, a.B]);

    /// <summary>Adds what the adapters add to the matrices themselves.</summary>
    public void Merge(WorkerPool pool)
    {
        using var gemm = new Gemm(pool);
        foreach (LowRank a in All)
            gemm.Multiply(new MatrixView(a.B.Value, a.B.Rows, a.Rank), new MatrixView(a.A.Value, a.Rank, a.A.Columns), new MatrixView(a.Target.Value, a.Target.Rows, a.Target.Columns), a.Scale, add: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter p in Parameters) p.Dispose();
    }

    /// <summary>The adapter of a matrix, or null where it gets none.</summary>
    internal LowRank? Of(ModelSpec spec, string role, int layer, Parameter target)
    {
        if (adapters.TryGetValue((role, layer), out LowRank? known)) return known;
        WeightSource line = WeightSource.Parse(spec.Tensors[role]);
        string module = WeightSource.Fill(line.Names[0], layer, -1);
        if (module.EndsWith(".weight", StringComparison.Ordinal)) module = module[..^".weight".Length];
        if (targets.Of(module, layer) is not var (rank, scale)) return null;
        if (line.Operations.Count > 0) throw new ModelSpecException($"{module} holds several matrices, or is turned: it cannot have an adapter yet");
        var made = new LowRank(
            module, target, new Parameter(role + ".lora_A", layer, -1, rank, target.Columns, false, true), new Parameter(role + ".lora_B", layer, -1, target.Rows, rank, false, true), scale);
        if (start is null) Begin(made.A);
        else
        {
            Copy(module + ".lora_A", made.A);
            Copy(module + ".lora_B", made.B);
        }

        return adapters[(role, layer)] = made;
    }

    /// <summary>Uniform within ±1/√inputs, as PEFT's Kaiming start gives.</summary>
    private void Begin(Parameter a)
    {
        var random = new SeededRandom(seed ^ SeededRandom.Hash(a.Name));
        double bound = 1 / Math.Sqrt(a.Columns);
        foreach (ref float x in a.Values) x = (float)(((2 * random.NextDouble()) - 1) * bound);
    }

    private void Copy(string name, Parameter to)
    {
        if (!start!.TryGetValue(name, out float[]? values) || values.Length != to.Count)
            throw new TrainingException($"the adapter has no {name} of {to.Count} numbers: it was made for another model");
        values.CopyTo(to.Values);
    }
}
