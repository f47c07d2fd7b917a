namespace Candor.Models.Conversion;

/// <summary>
/// Falcon-H1's multipliers: config.json names them, GGUF files have them in the weights. What a weight is multiplied by on
/// the one side more than on the other is folded into its rows.
/// </summary>
internal static class Multipliers
{
    /// <summary>Whether a model's multipliers may be folded.</summary>
    public static bool Fold(ModelSpec spec) => spec.Layers.Any(l => l.Attention is not null && l.StateSpace is not null);

    /// <summary>What the source multiplies a row by more than the target does; 1 where nothing is folded.</summary>
    public static float Ratio(ModelSpec source, ModelSpec target, WeightPart part, long row) =>
        Fold(source) ? Factor(source, part, row) / Factor(target, part, row) : 1;

    /// <summary>The spec with all multipliers folded.</summary>
    public static ModelSpec Folded(ModelSpec spec) => !Fold(spec) ? spec : spec with
    {
        Embedding = spec.Embedding with { Scale = 1 }, Head = spec.Head is null ? null : spec.Head with { Scale = 1 },
        Layers = [.. spec.Layers.Select(l => l with
        {
            Attention = l.Attention! with { InputScale = 1, KeyScale = 1, OutputScale = 1 },
            FeedForward = l.FeedForward! with { GateScale = 1, OutputScale = 1 },
            StateSpace = l.StateSpace! with { InputScale = 1, OutputScale = 1, ZoneScales = null },
        })],
    };

    private static float Factor(ModelSpec spec, WeightPart part, long row)
    {
        LayerSpec? layer = part.Layer >= 0 ? spec.Layers[part.Layer] : null;
        return part.Role switch
        {
            "embedding" => spec.Embedding.Scale,
            "head" => spec.Head?.Scale ?? 1,
            "query" or "value" => layer!.Attention!.InputScale,
            "key" => layer!.Attention!.InputScale * layer.Attention.KeyScale,
            "attention_output" => layer!.Attention!.OutputScale,
            "gate" => layer!.FeedForward!.GateScale,
            "down" => layer!.FeedForward!.OutputScale,
            "ssm_in" => layer!.StateSpace!.InputScale * Zone(layer.StateSpace, row),
            "ssm_out" => layer!.StateSpace!.OutputScale,
            _ => 1,
        };
    }

    /// <summary>The factor of a row of the input projection, whose zones are gate, x, B, C and step.</summary>
    private static float Zone(StateSpaceSpec s, long row)
    {
        if (s.ZoneScales is not { } zones) return 1;
        long shared = (long)s.Groups * s.StateSize;
        long[] ends = [s.InnerSize, 2L * s.InnerSize, (2L * s.InnerSize) + shared, (2L * s.InnerSize) + (2 * shared)];
        int zone = 0;
        while (zone < ends.Length && row >= ends[zone]) zone++;
        return zones[zone];
    }
}
