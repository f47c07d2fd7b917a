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
}
