namespace Candor.Models;

/// <summary>Checks that a spec's numbers fit together before anything is allocated from them.</summary>
internal static class SpecValidator
{
    private const int MaxLayers = 10_000, MaxWidth = 1 << 24;

    public static void Check(ModelSpec spec)
    {
        Between("vocabulary size", spec.VocabularySize, 1, int.MaxValue / 8);
        Between("hidden size", spec.HiddenSize, 1, MaxWidth);
        Between("number of layers", spec.Layers.Count, 1, MaxLayers);
        Between("learned positions", spec.Embedding.LearnedPositions, 0, MaxWidth);
        for (int i = 0; i < spec.Layers.Count; i++) Check(spec.Layers[i], i);
    }

    private static void Check(LayerSpec layer, int i)
    {
        if (layer.Attention is { } a) Check(a, i);
        if (layer.StateSpace is { } s) Check(s, i);
        if (layer.FeedForward is not { } f) return;
        Between($"layer {i}: inner size", f.InnerSize, 1, MaxWidth);
        if (f.Activation == ActivationKind.ClampedSwiglu && !(f.Limit > 0)) throw new ModelSpecException($"layer {i}: the limit of clamped SwiGLU is {f.Limit}; it must be above 0");
        if (f.Activation == ActivationKind.ClampedSwiglu && !f.Gated) throw new ModelSpecException($"layer {i}: clamped SwiGLU needs a gate");
        if (f.Experts is not { } x) return;
        Between($"layer {i}: experts", x.Count, 1, 1 << 16);
        Between($"layer {i}: experts used", x.Used, 1, x.Count);
        Between($"layer {i}: shared expert size", x.SharedInnerSize, 0, MaxWidth);
        if (x.Groups > 1 && (x.Count % x.Groups != 0 || x.GroupsUsed < 1 || x.GroupsUsed > x.Groups || x.GroupsUsed * (x.Count / x.Groups) < x.Used))
            throw new ModelSpecException($"layer {i}: {x.Count} experts in {x.Groups} groups, {x.GroupsUsed} used: cannot choose {x.Used}");
    }

    private static void Check(AttentionSpec a, int i)
    {
        Between($"layer {i}: heads", a.Heads, 1, 1 << 16);
        Between($"layer {i}: key-value heads", a.KeyValueHeads, 1, a.Heads);
        Between($"layer {i}: head size", a.HeadSize, 1, 1 << 16);
        Between($"layer {i}: value head size", a.ValueSize, 1, 1 << 16);
        Between($"layer {i}: attention width", (long)a.Heads * Math.Max(a.HeadSize, a.ValueSize), 1, MaxWidth);
        Between($"layer {i}: window", a.Window, 0, int.MaxValue);
        if (a.Heads % a.KeyValueHeads != 0) throw new ModelSpecException($"layer {i}: {a.Heads} heads cannot share {a.KeyValueHeads} key-value heads evenly");
        if (a.ClampQkv is { } clamp && !(clamp > 0)) throw new ModelSpecException($"layer {i}: query, key and value cannot be clamped at {clamp}; a number above 0 is needed");
        if (a.Latent is { } latent)
        {
            Between($"layer {i}: latent rope size", latent.RopeSize, 0, a.HeadSize - 1);
            Between($"layer {i}: latent rank", latent.KeyValueRank, 1, MaxWidth);
            Between($"layer {i}: query rank", latent.QueryRank, 0, MaxWidth);
            if (a.KeyValueHeads != a.Heads) throw new ModelSpecException($"layer {i}: latent attention has as many key-value heads as heads");
        }

        if (a.Rope is not { } rope) return;
        int size = a.Latent?.RopeSize ?? (rope.Size == 0 ? a.HeadSize : rope.Size);
        if (size < 2 || size % 2 != 0 || size > a.HeadSize) throw new ModelSpecException($"layer {i}: rope turns {size} of {a.HeadSize} elements; an even number from 2 to the head size is needed");
        if (!(rope.Theta > 0) || double.IsInfinity(rope.Theta)) throw new ModelSpecException($"layer {i}: rope base {rope.Theta} is not a positive number");
        if (rope.Scaling is { Factor: not > 0 }) throw new ModelSpecException($"layer {i}: rope factor {rope.Scaling.Factor} is not a positive number");
        if (rope.Scaling is { Kind: RopeScalingKind.Yarn or RopeScalingKind.Llama3 or RopeScalingKind.Dynamic, OriginalContext: < 1 })
            throw new ModelSpecException($"layer {i}: {rope.Scaling.Kind} rope needs the original context length");
    }

    private static void Check(StateSpaceSpec s, int i)
    {
        Between($"layer {i}: state-space inner size", s.InnerSize, 1, MaxWidth);
        Between($"layer {i}: state size", s.StateSize, 1, 1 << 16);
        Between($"layer {i}: convolution size", s.ConvolutionSize, 1, 1024);
        Between($"layer {i}: state", (long)s.InnerSize * s.StateSize, 1, int.MaxValue / 8);
        if (!(s.StepMin <= s.StepMax)) throw new ModelSpecException($"layer {i}: the step is to be between {s.StepMin} and {s.StepMax}");
        if (s.Kind == StateSpaceKind.Mamba)
        {
            Between($"layer {i}: step rank", s.StepRank, 1, MaxWidth);
            return;
        }

        Between($"layer {i}: state-space heads", s.Heads, 1, s.InnerSize);
        Between($"layer {i}: state-space groups", s.Groups, 1, s.Heads);
        if (s.InnerSize % s.Heads != 0 || s.Heads % s.Groups != 0 || s.NormGroups < 1 || s.InnerSize % s.NormGroups != 0)
            throw new ModelSpecException($"layer {i}: inner size {s.InnerSize}, {s.Heads} heads and {s.Groups} groups do not divide evenly");
        if (s.ZoneScales is { Count: not 5 }) throw new ModelSpecException($"layer {i}: five zone scales are needed, {s.ZoneScales.Count} given");
    }

    private static void Between(string what, long value, long least, long greatest)
    {
        if (value < least || value > greatest) throw new ModelSpecException($"{what} is {value}; {least} to {greatest} is possible");
    }
}
