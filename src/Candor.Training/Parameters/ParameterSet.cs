using Candor.Formats;
using Candor.Kernels;
using Candor.Models;

namespace Candor.Training;

/// <summary>All weights of a model in training, by role. It makes each when the graph first asks for it: read from files, or random.</summary>
public sealed unsafe class ParameterSet : IDisposable
{
    /// <summary>A state-space block's A is negative: what trains is the logarithm of −A.</summary>
    internal const string LogarithmRole = "ssm_a";

    private readonly Dictionary<(string Role, int Layer, int Expert), Parameter> byRole = [];
    private readonly ModelWeights? weights;
    private Func<string, int, bool> trains = (_, _) => true;
    private readonly WeightInitializer? initializer;
    private readonly WeightMemory frozen = new();
    private readonly bool copies;
    private readonly Dictionary<string, float> offsets = [];

    /// <summary>Weights that begin as those of a model.</summary>
    /// <param name="weights">The model's weights; those that train are copied as float32, the others as they are stored, where there is room.</param>
    public ParameterSet(ModelWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        this.weights = weights;
        copies = WeightMemory.HasRoomFor(weights.Store.Tensors.Values.Sum(t => t.ByteLength));
        foreach ((string role, float offset) in weights.Offsets) offsets[role] = offset;
    }

    /// <summary>Weights that begin random.</summary>
    public ParameterSet(WeightInitializer initializer) => this.initializer = initializer;

    /// <summary>The weights, in the order of the network.</summary>
    public IReadOnlyList<Parameter> All => [.. byRole.Values];

    /// <summary>The files that the weights began as, or null.</summary>
    internal TensorStore? Files => weights?.Store;

    /// <summary>Before any weight is made: which ones train.</summary>
    internal void TrainOnly(Func<string, int, bool> which) => trains = which;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter p in byRole.Values) p.Dispose();
        frozen.Dispose();
    }

    /// <summary>What the files' numbers lack to the weight (Gemma's norms: 1). Decay pulls towards it.</summary>
    internal float Offset(string role) => offsets.GetValueOrDefault(role);

    internal Parameter Matrix(string role, int rows, int columns, int layer = -1, int expert = -1)
    {
        if (byRole.TryGetValue((role, layer, expert), out Parameter? known)) return known;
        return byRole[(role, layer, expert)] = Make();

        Parameter Make()
        {
            if (weights is null)
            {
                var random = new Parameter(role, layer, expert, rows, columns, false, true);
                initializer!.Matrix(random);
                return random;
            }

            WeightMatrix stored = weights.Matrix(role, rows, columns, layer, expert);
            if (!trains(role, layer))
            {
                if (!copies) return new Parameter(role, layer, expert, stored);
                WeightMatrix kept = frozen.Keep(stored);
                weights.Store.Forget(stored.Data, stored.Rows * stored.RowBytes);
                return new Parameter(role, layer, expert, kept);
            }

            var made = new Parameter(role, layer, expert, rows, columns, false, true);
            Dequantizer.ToFloat(stored.Type, stored.Data, made.Value, made.Count);
            return made;
        }
    }

    internal Parameter Vector(string role, int count, int layer = -1, int expert = -1) => Table(role, count, 1, layer, expert);

    /// <summary>Numbers of a layer that are no matrix to multiply with, [rows, columns].</summary>
    internal Parameter Table(string role, int rows, int columns, int layer = -1, int expert = -1)
    {
        int count = rows * columns;
        if (byRole.TryGetValue((role, layer, expert), out Parameter? known)) return known;
        var made = new Parameter(role, layer, expert, rows, columns, true, trains(role, layer));
        if (weights is null) WeightInitializer.Vector(made);
        else new ReadOnlySpan<float>(weights.Vector(role, count, layer, expert), count).CopyTo(made.Values);
        if (role == LogarithmRole) foreach (ref float x in made.Values) x = MathF.Log(MathF.Abs(x));
        return byRole[(role, layer, expert)] = made;
    }

    /// <summary>A vector where the model has it: files say so, and a new model has weights of norms but no biases.</summary>
    internal Parameter? VectorOrNull(string role, int count, int layer = -1, int expert = -1) =>
        (weights is null ? !role.EndsWith(".bias", StringComparison.Ordinal) : weights.Has(role, layer, expert)) ? Vector(role, count, layer, expert) : null;

    /// <summary>Whether the files have a weight of this role; a new model has what it is not told to share.</summary>
    internal bool HasOwn(string role) => weights?.Has(role) == true;

    /// <summary>Numbers of a file that do not train, or null where it has none.</summary>
    internal float[]? Numbers(string role, int count, int layer = -1)
    {
        float* found = weights is null ? null : weights.VectorOrNull(role, count, layer);
        return found is null ? null : new ReadOnlySpan<float>(found, count).ToArray();
    }
}
