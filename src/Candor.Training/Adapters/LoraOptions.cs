namespace Candor.Training;

/// <summary>Which matrices get low-rank adapters, and how large (Hu et al., arXiv:2106.09685). The rules are those of PEFT.</summary>
public sealed record LoraOptions
{
    /// <summary>Rank of an adapter. Default 16.</summary>
    public int Rank { get; set; } = 16;

    /// <summary>What an adapter adds is multiplied by this over its rank. Default 32.</summary>
    public double Alpha { get; set; } = 32;

    /// <summary>Divides by the root of the rank instead (rsLoRA; Kalajdzievski, arXiv:2312.03732). Default false.</summary>
    public bool RankStabilized { get; set; }

    /// <summary>Ends of the names of modules that get adapters: <c>q_proj</c>, <c>mlp.down_proj</c>; <c>all-linear</c>, the default, for all but the output matrix.</summary>
    public IReadOnlyList<string> Targets { get; set; } = ["all-linear"];

    /// <summary>
    /// Ends of the names of matrices that hold all experts of a layer, which get an adapter for each expert: <c>mlp.experts.gate_up_proj</c>,
    /// <c>mlp.experts.down_proj</c>. Default: none.
    /// </summary>
    public IReadOnlyList<string> TargetParameters { get; set; } = [];

    /// <summary>A pattern that the whole name must match, instead of <see cref="Targets"/>; null for none.</summary>
    public string? TargetPattern { get; set; }

    /// <summary>Layers that get adapters; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; set; }

    /// <summary>Other ranks for modules whose name ends in a match of the key; the first that matches counts.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; set; } = new Dictionary<string, int>();

    /// <summary>Other alphas, by the same rule.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; set; } = new Dictionary<string, double>();

    /// <summary>How many times faster B learns than A (LoRA+; Hayou et al., arXiv:2402.12354). Default 1.</summary>
    public double RateOfB { get; set; } = 1;

    /// <summary>Learns the length of each output's row apart from its direction (DoRA; Liu et al., arXiv:2402.09353). Default false.</summary>
    public bool Dora { get; set; }

    /// <summary>Learns one factor for each output of the targets instead of low-rank matrices (IA³; Liu et al., arXiv:2205.05638). Default false.</summary>
    public bool Scaling { get; set; }

    /// <summary>Targets of <see cref="Scaling"/> whose inputs get the factors.</summary>
    public IReadOnlyList<string> ScaledInputs { get; set; } = [];

    /// <summary>Ends of the names of modules that train whole and go along with the adapter: <c>embed_tokens</c>, <c>lm_head</c>, <c>norm</c>.</summary>
    public IReadOnlyList<string> ModulesToSave { get; set; } = [];

    /// <summary>An adapter's folder to start from, whose kind, ranks and targets then count; null (default) for new adapters.</summary>
    public string? Start { get; set; }
}
