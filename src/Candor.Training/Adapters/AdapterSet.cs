using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Training;

/// <summary>The adapters of a model: made when the network first asks for each, from a folder or new (A random, B zero, factors 1).</summary>
public sealed class AdapterSet : IDisposable
{
    private readonly Dictionary<string, LowRank> low = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Scaling> scalings = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Role, int Layer), LowRankSite> sites = [];
    private readonly Dictionary<(string Role, int Layer, int Expert), LowRankSite> expertSites = [];
    private readonly Dictionary<(string Role, int Layer), ScalingSite> scalingSites = [];
    private readonly IReadOnlyDictionary<string, float[]>? start;
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly ulong seed;
    private readonly LoraTargets targets;
    private ModuleNames? names;

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

    /// <summary>Low-rank adapters, in the order of the network.</summary>
    public IReadOnlyList<LowRank> All => [.. low.Values];

    /// <summary>Learnt factors, in the order of the network.</summary>
    public IReadOnlyList<Scaling> Scalings => [.. scalings.Values];

    /// <summary>All their numbers.</summary>
    public IEnumerable<Parameter> Parameters => low.Values.SelectMany(a => a.Magnitude is null ? (Parameter[])[a.A, a.B] : [a.A, a.B, a.Magnitude]).Concat(scalings.Values.Select(s => s.Factors));

    /// <summary>Whether they take part. Without them the model is the one that they adapt: the reference of preference methods. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Whether the folder has the adapted matrices turned: inputs by outputs (GPT-2).</summary>
    internal bool IsTurned => sites.Keys.Concat(scalingSites.Keys).Any(k => Names.IsTurned(k.Role));

    /// <summary>Whether merging changes a weight.</summary>
    internal bool Changes(Parameter p) => Sites.Any(s => s.Target == p) || scalingSites.Values.Any(s => s.Target == p || s.Bias == p);

    /// <summary>Whether it only adds low-rank terms to matrices, so that it can work beside weights that stay as they are.</summary>
    internal bool CanRun => !Options.Scaling && !Options.Dora && Options.ModulesToSave.Count == 0 && Options.TargetParameters.Count == 0
        && start?.Keys.Any(k => k.EndsWith(".lora_embedding_A", StringComparison.Ordinal)) != true;

    /// <summary>Whether modules have the names of GGUF files.</summary>
    internal bool IsGguf { get; init; }

    /// <summary>Where low-rank adapters stand, by role and layer.</summary>
    internal IEnumerable<((string Role, int Layer) Place, LowRankSite Site)> Places => sites.Select(s => (s.Key, s.Value));

    internal IEnumerable<LowRankSite> Sites => sites.Values.Concat(expertSites.Values);

    internal IEnumerable<ScalingSite> ScalingSites => scalingSites.Values;

    internal ModuleNames Names => names ?? throw new InvalidOperationException("adapters belong to a model first");

    /// <summary>Whether the output matrix is the table of embeddings.</summary>
    internal bool Tied { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter p in Parameters) p.Dispose();
        foreach (LowRankSite site in Sites) site.Dispose();
    }

    internal void Bind(ModelSpec spec, ModelSpec naming, bool tiedHead) => (names, Tied) = (new ModuleNames(spec, naming), tiedHead);

    /// <summary>Whether a weight trains whole and goes into the adapter's folder.</summary>
    internal bool Saves(string role, int layer) => Options.ModulesToSave.Count > 0 && Names.Site(role, layer, 1) is { } site && Options.ModulesToSave.Any(m => site.Module.EndsWith(m, StringComparison.Ordinal));

    /// <summary>Gives weights that train whole what the adapter's folder has for them.</summary>
    internal void LoadSaved(ParameterSet parameters)
    {
        if (start is null) return;
        foreach (Parameter p in parameters.All.Where(p => p.Trains))
        {
            ModuleSite site = Names.Site(p.Role, p.Layer, p.Rows)!;
            if (Names.IsTurned(p.Role)) throw new TrainingException($"{site.Module}: the file has it turned, which cannot be trained whole beside an adapter yet");
            string key = site.Module + (p.Role.EndsWith(".bias", StringComparison.Ordinal) ? ".bias" : "");
            float[] values = Start(key, (long)site.ModuleRows * p.Columns);
            float offset = Names.Offset(p.Role);
            for (int r = 0; r < p.Rows; r++)
                for (int c = 0; c < p.Columns; c++) p.Values[(r * p.Columns) + c] = values[(site.At(r) * p.Columns) + c] + offset;
        }
    }

    /// <summary>The low-rank adapter of a matrix, or null where it gets none.</summary>
    internal LowRankSite? LowRank(string role, int layer, Parameter target)
    {
        if (Options.Scaling) return null;
        if (sites.TryGetValue((role, layer), out LowRankSite? known)) return known;
        if (Names.Site(role, layer, target.Rows) is not { } site || targets.Of(site.Module, layer, role is "embedding" or "head") is not var (rank, scale)) return null;
        if (!low.TryGetValue(site.Module, out LowRank? adapter)) low[site.Module] = adapter = role == "embedding" ? Embedding(site.Module, target, rank, scale) : Make(site, target, rank, scale);
        var made = new LowRankSite(adapter, target, site);
        if (adapter.Magnitude is not null && start is null) BeginMagnitude(made);
        return sites[(role, layer)] = made;
    }

    /// <summary>The low-rank adapter of an expert's matrix, or null where it gets none.</summary>
    /// <param name="role">Its role: <c>expert_gate</c>, <c>expert_up</c> or <c>expert_down</c>.</param>
    /// <param name="layer">Its layer.</param>
    /// <param name="expert">The expert.</param>
    /// <param name="experts">How many there are.</param>
    /// <param name="target">The matrix.</param>
    /// <param name="gated">Whether experts have a gate, which lies before up in one matrix.</param>
    internal LowRankSite? LowRankOfExpert(string role, int layer, int expert, int experts, Parameter target, bool gated)
    {
        if (Options.Scaling || Options.TargetParameters.Count == 0 || Names.Experts(layer) is not { } module) return null;
        if (expertSites.TryGetValue((role, layer, expert), out LowRankSite? known)) return known;
        string first = module + (gated ? ".gate_up_proj" : ".up_proj"), second = module + ".down_proj", name = role == "expert_down" ? second : first;
        if (targets.OfExperts(name, layer) is not var (rank, scale)) return null;
        int[]? rows = role == "expert_down" || !gated ? null : [.. Enumerable.Range(role == "expert_up" ? target.Rows : 0, target.Rows)];
        var place = new ModuleSite(name, rows is null ? target.Rows : 2 * target.Rows, rows);
        if (!low.TryGetValue(name, out LowRank? adapter))
        {
            // PEFT wraps one matrix of a module around the other: the first lies inside where both are adapted.
            string wrapped = role != "expert_down" && targets.OfExperts(second, layer) is not null ? module + ".base_layer" : module;
            Parameter a = New(wrapped + ".lora_A", rank * experts, target.Columns), b = New(wrapped + ".lora_B", place.ModuleRows, rank * experts);
            if (start is null) Begin(a);
            low[name] = adapter = new LowRank(name, a, b, scale, null) { Experts = experts, TargetParameter = name };
        }

        return expertSites[(role, layer, expert)] = new LowRankSite(adapter, target, place, expert);
    }

    /// <summary>The learnt factors of a matrix's outputs or inputs, or null where it has none.</summary>
    internal ScalingSite? Scaling(string role, int layer, Parameter target, Parameter? bias)
    {
        if (!Options.Scaling) return null;
        if (scalingSites.TryGetValue((role, layer), out ScalingSite? known)) return known;
        if (Names.Site(role, layer, target.Rows) is not { } site || targets.Of(site.Module, layer, role is "embedding" or "head") is null) return null;
        bool inputs = Options.ScaledInputs.Any(t => site.Module == t || site.Module.EndsWith("." + t, StringComparison.Ordinal));
        if (!scalings.TryGetValue(site.Module, out Scaling? scaling))
        {
            var factors = new Parameter(site.Module + ".ia3_l", -1, -1, inputs ? target.Columns : site.ModuleRows, 1, true, true);
            if (start is null) factors.Values.Fill(1);
            else Start(factors.Role, factors.Count).CopyTo(factors.Values);
            scalings[site.Module] = scaling = new Scaling(site.Module, factors, inputs);
        }

        return scalingSites[(role, layer)] = new ScalingSite(scaling, target, bias, site);
    }

    private LowRank Make(ModuleSite site, Parameter target, int rank, float scale)
    {
        Parameter a = New(site.Module + ".lora_A", rank, target.Columns), b = New(site.Module + ".lora_B", site.ModuleRows, rank);
        Parameter? magnitude = Options.Dora ? new Parameter(site.Module + ".lora_magnitude_vector", -1, -1, site.ModuleRows, 1, true, true) : null;
        if (start is null) Begin(a);
        else if (magnitude is not null) Start(magnitude.Role, magnitude.Count).CopyTo(magnitude.Values);
        return new LowRank(site.Module, a, b, scale, magnitude);
    }

    private LowRank Embedding(string module, Parameter table, int rank, float scale)
    {
        // PEFT begins with A zero and B normal here.
        Parameter a = New(module + ".lora_embedding_A", rank, table.Rows), b = New(module + ".lora_embedding_B", table.Columns, rank);
        if (start is null)
        {
            var random = new SeededRandom(seed ^ SeededRandom.Hash(b.Name));
            foreach (ref float x in b.Values) x = (float)random.NextNormal();
        }

        return new LowRank(module, a, b, scale, null) { IsEmbedding = true };
    }

    private Parameter New(string name, int rows, int columns)
    {
        var made = new Parameter(name, -1, -1, rows, columns, false, true);
        if (start is not null) Start(name, made.Count).CopyTo(made.Values);
        return made;
    }

    /// <summary>Uniform within ±1/√inputs, as PEFT's Kaiming start gives.</summary>
    private void Begin(Parameter a)
    {
        var random = new SeededRandom(seed ^ SeededRandom.Hash(a.Name));
        double bound = 1 / Math.Sqrt(a.Columns);
        foreach (ref float x in a.Values) x = (float)(((2 * random.NextDouble()) - 1) * bound);
    }

    /// <summary>The length of each row as it is: nothing changes at the start.</summary>
    private static void BeginMagnitude(LowRankSite site)
    {
        float[] row = new float[site.Target.Columns];
        for (int i = 0; i < site.Target.Rows; i++)
        {
            site.Target.Row(i, row);
            site.Adapter.Magnitude!.Values[site.At(i)] = TensorPrimitives.Norm<float>(row);
        }
    }

    /// <summary>A part of the adapter's file that no module has asked for, or null.</summary>
    internal string? Unused => start?.Keys.FirstOrDefault(k => !taken.Contains(k) && !(Tied && k == "lm_head"));

    private float[] Start(string name, long count)
    {
        if (!start!.TryGetValue(name, out float[]? values) || values.Length != count) throw new TrainingException($"the adapter has no {name} of {count} numbers: it was made for another model");
        taken.Add(name);
        return values;
    }
}
