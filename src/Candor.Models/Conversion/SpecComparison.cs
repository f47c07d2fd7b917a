namespace Candor.Models.Conversion;

/// <summary>Whether two specs compute the same: what differs only in how a file says it is left out.</summary>
internal static class SpecComparison
{
    /// <summary>The first thing that differs, or null.</summary>
    public static string? Difference(ModelSpec source, ModelSpec target)
    {
        string[] a = ModelSpecJson.Write(Plain(Multipliers.Folded(source))).Split('\n'), b = ModelSpecJson.Write(Plain(Multipliers.Folded(target))).Split('\n');
        for (int i = 0; i < Math.Max(a.Length, b.Length); i++)
        {
            string left = i < a.Length ? a[i].Trim(' ', ',', '\r') : "nothing", right = i < b.Length ? b[i].Trim(' ', ',', '\r') : "nothing";
            if (left != right) return $"{left} would become {right}";
        }

        return null;
    }

    private static ModelSpec Plain(ModelSpec spec) => spec with
    {
        Architecture = "", Tensors = new Dictionary<string, string>(), Layers = [.. spec.Layers.Select(l => Plain(l, spec.ContextLength))],
        // Where nothing counts positions, the length is a mere recommendation.
        ContextLength = spec.Layers.Any(l => l.Attention is not null) ? spec.ContextLength : 0,
    };

    private static LayerSpec Plain(LayerSpec layer, int context) => layer with
    {
        Repeat = 1,
        Attention = layer.Attention is not { } a ? null : a with
        {
            // A window as long as the context hides nothing.
            Window = a.Window >= context ? 0 : a.Window, Scale = a.EffectiveScale, ValueHeadSize = a.ValueSize, Rope = a.Rope is { } rope ? Plain(rope, a.Latent?.RopeSize ?? a.HeadSize) : null,
        },
        StateSpace = layer.StateSpace is not { } s ? null : s with
        {
            ZoneScales = s.ZoneScales is { } zones && zones.Any(z => z != 1) ? zones : null, NormGroups = s.GatedNorm is null ? 0 : s.NormGroups,
            NormBeforeGate = s.GatedNorm is not null && s.NormBeforeGate,
        },
    };

    private static RopeSpec Plain(RopeSpec rope, int headSize) => rope with
    {
        Theta = (float)rope.Theta, Size = rope.Size == 0 ? headSize : rope.Size, Pairing = RopePairing.Halves,
        Scaling = rope.Scaling switch
        {
            null => null,
            // GGUF keeps these as tensors of factors, which the conversion writes from the very numbers left out here.
            { Kind: RopeScalingKind.Llama3 or RopeScalingKind.Factors } => new RopeScalingSpec { Kind = RopeScalingKind.Factors },
            { Kind: RopeScalingKind.LongRope } s => new RopeScalingSpec { Kind = s.Kind, OriginalContext = s.OriginalContext, Restart = s.Restart },
            { Kind: RopeScalingKind.Linear } s => new RopeScalingSpec { Kind = s.Kind, Factor = (float)s.Factor },
            { Kind: RopeScalingKind.Yarn } s => s with
            {
                Factor = (float)s.Factor, BetaFast = (float)s.BetaFast, BetaSlow = (float)s.BetaSlow,
                AttentionFactor = (float)(s.AttentionFactor ?? (s.Factor <= 1 ? 1 : (0.1 * Math.Log(s.Factor)) + 1)),
            },
            { } s => s,
        },
    };
}
