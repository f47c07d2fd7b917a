using System.Text.RegularExpressions;

namespace Candor.Training;

/// <summary>Decides for a module's name whether it gets an adapter, of which rank and scale.</summary>
internal sealed class LoraTargets(LoraOptions options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Rank and scale, or null where the module gets none.</summary>
    /// <param name="module">Its name, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <param name="layer">Its layer.</param>
    /// <param name="namedOnly">Whether <c>all-linear</c> leaves it out: embeddings and the output matrix.</param>
    /// <exception cref="TrainingException">A pattern cannot be read, or a rank is not above 0.</exception>
    public (int Rank, float Scale)? Of(string module, int layer, bool namedOnly = false)
    {
        bool chosen = options.TargetPattern is { } pattern
            ? Matches($"^(?:{pattern})$", module)
            : options.Targets.Any(t => (t == "all-linear" && !namedOnly) || module == t || module.EndsWith("." + t, StringComparison.Ordinal));
        if (!chosen || (options.Layers is { } layers && !layers.Contains(layer))) return null;
        int rank = First(options.RankPattern, module, options.Rank);
        double alpha = First(options.AlphaPattern, module, options.Alpha);
        if (rank < 1) throw new TrainingException($"{module}: an adapter of rank {rank} is not possible");
        return (rank, (float)(alpha / (options.RankStabilized ? Math.Sqrt(rank) : rank)));
    }

    /// <summary>Rank and scale of an adapter for a matrix of experts, or null where it gets none.</summary>
    /// <param name="name">The matrix's whole name.</param>
    /// <param name="layer">Its layer.</param>
    public (int Rank, float Scale)? OfExperts(string name, int layer) =>
        !options.TargetParameters.Any(t => name == t || name.EndsWith("." + t, StringComparison.Ordinal)) || options.Layers?.Contains(layer) == false ? null
        : options.Dora ? throw new TrainingException("lora.dora and lora.targetParameters exclude each other")
        : (options.Rank, (float)(options.Alpha / (options.RankStabilized ? Math.Sqrt(options.Rank) : options.Rank)));

    private static T First<T>(IReadOnlyDictionary<string, T> patterns, string module, T otherwise)
    {
        foreach ((string pattern, T value) in patterns)
            if (Matches($@"^(?:.*\.)?(?:{pattern})$", module)) return value;
        return otherwise;
    }

    private static bool Matches(string pattern, string module)
    {
        try
        {
            return Regex.IsMatch(module, pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            throw new TrainingException($"the pattern {pattern} cannot be used: {e.Message}", e);
        }
    }
}
