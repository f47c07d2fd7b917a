using Candor.Models;

namespace Candor.Training;

/// <summary>Turns one layer of a <see cref="ModelSpec"/> into differentiable operations.</summary>
/// <param name="spec">The architecture.</param>
/// <param name="parameters">Its weights.</param>
/// <param name="ropes">Angles that layers share.</param>
/// <param name="balance">What routers of all layers share.</param>
/// <param name="adapters">Low-rank adapters, or null.</param>
internal sealed class LayerCompiler(ModelSpec spec, ParameterSet parameters, Func<AttentionSpec, RopeAngles?> ropes, RouterBalance balance, AdapterSet? adapters = null)
{
    private readonly List<Slot> inner = [], passing = [];
    private readonly List<Operation> operations = [], again = [];
    private int layer;

    /// <summary>Compiles a layer between two residual streams.</summary>
    /// <exception cref="ModelSpecException">The layer has a part that cannot be trained yet.</exception>
    public LayerGraph Compile(int index, Slot input, Slot output)
    {
        layer = index;
        inner.Clear();
        operations.Clear();
        passing.Clear();
        again.Clear();
        LayerSpec l = spec.Layers[index];
        if (l.Attention is null && l.StateSpace is null) throw Unable("layers without attention or state-space block");
        switch (l.Residual)
        {
            case ResidualTopology.Sequential:
            {
                Slot mixed = PostNorm("mixer_post_norm", l.MixerPostNorm, Mixed(l, l.MixerPostNorm, MadeAgain(input, Norm("mixer_norm", l.MixerNorm, input))));
                if (l.FeedForward is not { } feedForward)
                {
                    operations.Add(new SumOperation(input, mixed, output, l.ResidualScale));
                    break;
                }

                Slot middle = Slot("middle", spec.HiddenSize);
                operations.Add(new SumOperation(input, mixed, middle, l.ResidualScale));
                Slot fed = PostNorm("feed_forward_post_norm", l.FeedForwardPostNorm, Summed(l.FeedForwardPostNorm, FeedForward(feedForward, MadeAgain(middle, Norm("feed_forward_norm", l.FeedForwardNorm, middle)))));
                operations.Add(new SumOperation(middle, fed, output, l.ResidualScale));
                break;
            }

            case ResidualTopology.Parallel when l.FeedForward is { } feedForward:
            {
                Slot normed = MadeAgain(input, Norm("mixer_norm", l.MixerNorm, input));
                Slot fedFrom = l.FeedForwardNorm is null ? normed : MadeAgain(input, Norm("feed_forward_norm", l.FeedForwardNorm, input));
                Slot mixed = Mixed(l, null, normed), fed = Summed(null, FeedForward(feedForward, fedFrom)), middle = Slot("middle", spec.HiddenSize);
                operations.Add(new SumOperation(input, mixed, middle, l.ResidualScale));
                operations.Add(new SumOperation(middle, fed, output, l.ResidualScale));
                break;
            }

            default:
                throw Unable("layers whose norms come after the sums");
        }

        return Graph(input, output);
    }

    /// <summary>Attention, a state-space block, or the sum of both.</summary>
    private Slot Mixed(LayerSpec l, NormSpec? post, Slot input)
    {
        bool both = l.Attention is not null && l.StateSpace is not null;
        Slot? attended = l.Attention is null ? null : Summed(post, Attention(l.Attention, input)), scanned = l.StateSpace is null ? null : Summed(post, StateSpace(l.StateSpace, input));
        if (!both) return (attended ?? scanned)!;
        Slot sum = Slot("mixed", spec.HiddenSize);
        operations.Add(new SumOperation(attended!, scanned!, sum));
        return sum;
    }

    private LayerGraph Graph(Slot input, Slot output) => new(input, output, [.. inner], [.. operations], [.. passing], [.. again]);

    /// <summary>Says of the output of the last operation that it is made anew before the way back. Nothing may change it in place.</summary>
    private Slot MadeAgain(Slot input, Slot output)
    {
        if (ReferenceEquals(input, output)) return output;
        passing.Add(output);
        again.Add(operations[^1]);
        return output;
    }

    /// <summary>Says of the output of a matrix that goes straight into a sum that no way back needs its values.</summary>
    private Slot Summed(NormSpec? norm, Slot output)
    {
        if (norm is null && operations[^1] is (LinearOperation or LowRankLinearOperation)) passing.Add(output);
        return output;
    }

    internal static ModelSpecException Unable(string what) => new($"{what} cannot be trained yet");

    private Slot Attention(AttentionSpec a, Slot input)
    {
        if (a.ClampQkv is not null) throw Unable("clamped queries, keys and values");
        int queryWidth = a.Heads * a.HeadSize, keyWidth = a.KeyValueHeads * a.HeadSize, valueWidth = a.KeyValueHeads * a.ValueSize;
        if (a.Latent is { } latent) return Attended(a, Latent(a, latent, input, queryWidth));
        Slot query = Linear("query", input, queryWidth, a.InputScale), key = Linear("key", input, keyWidth, a.InputScale * a.KeyScale, a.KeyScale), value = Linear("value", input, valueWidth, a.InputScale);
        if (!a.QueryKeyNormAfterRope) (query, key) = QueryKeyNorm(a, query, key);
        if (ropes(a) is { } angles)
        {
            operations.Add(new RopeOperation(query, a.Heads, a.HeadSize, 0, a.Rope!.Pairing, angles));
            operations.Add(new RopeOperation(key, a.KeyValueHeads, a.HeadSize, 0, a.Rope.Pairing, angles));
        }

        if (a.QueryKeyNormAfterRope) (query, key) = QueryKeyNorm(a, query, key);
        return Attended(a, (query, key, value));
    }

    private Slot Attended(AttentionSpec a, (Slot Query, Slot Key, Slot Value) x)
    {
        Slot output = Slot("attention", a.Heads * a.ValueSize);
        operations.Add(new AttentionOperation(a, spec.Causal, x.Query, x.Key, x.Value, a.Sinks ? parameters.Vector("sinks", a.Heads, layer) : null, output));
        return Linear("attention_output", output, spec.HiddenSize, a.OutputScale, a.OutputScale);
    }

    /// <summary>Queries, keys and values through latents; the rotary part of the key, which all heads share, is turned before it joins them.</summary>
    private (Slot Query, Slot Key, Slot Value) Latent(AttentionSpec a, LatentAttentionSpec latent, Slot input, int queryWidth)
    {
        int own = a.HeadSize - latent.RopeSize;
        var norm = new NormSpec { Kind = NormKind.Rms, Epsilon = latent.Epsilon };
        Slot query = latent.QueryRank == 0 ? Linear("query", input, queryWidth) : Linear("query_b", Norm("query_a_norm", norm, Linear("query_a", input, latent.QueryRank)), queryWidth);
        Slot down = Linear("kv_a", input, latent.KeyValueRank + latent.RopeSize);
        Slot compressed = Norm("kv_a_norm", norm, Slice("kv_latent", down, 0, latent.KeyValueRank)), rotary = Slice("key_rope", down, latent.KeyValueRank, latent.RopeSize);
        Slot parts = Linear("key_b", compressed, a.Heads * own), value = Linear("value_b", compressed, a.Heads * a.ValueSize), key = Slot("key", a.Heads * a.HeadSize);
        if (ropes(a) is { } angles)
        {
            operations.Add(new RopeOperation(query, a.Heads, a.HeadSize, own, a.Rope!.Pairing, angles));
            operations.Add(new RopeOperation(rotary, 1, latent.RopeSize, 0, a.Rope.Pairing, angles));
        }

        operations.Add(new LatentKeyOperation(parts, rotary, key, a.Heads));
        return (query, key, value);
    }

    private Slot StateSpace(StateSpaceSpec s, Slot input)
    {
        if (s.Kind == StateSpaceKind.Mamba2) return HeadScan(s, input);
        int width = s.InnerSize, state = s.StateSize;
        Slot zones = Linear("ssm_in", input, 2 * width, s.InputScale), before = Slice("ssm.x", zones, 0, width), gate = Slice("ssm.gate", zones, width, width), x = Slot("ssm.convolved", width);
        operations.Add(new ConvolutionOperation(before, parameters.Table("ssm_conv", width, s.ConvolutionSize, layer), parameters.VectorOrNull("ssm_conv.bias", width, layer), x));
        Slot projected = Linear("ssm_x", x, s.StepRank + (2 * state));
        Slot low = Slice("ssm.low", projected, 0, s.StepRank), b = Slice("ssm.b", projected, s.StepRank, state), c = Slice("ssm.c", projected, s.StepRank + state, state);
        if (s.StepNormEpsilon is { } epsilon) (low, b, c) = (Weightless(low, epsilon), Weightless(b, epsilon), Weightless(c, epsilon));
        Slot step = Linear("ssm_dt", low, width), output = Slot("ssm.scan", width);
        operations.Add(new ScanOperation(s, new ScanSlots(x, step, b, c, gate, output), parameters.Table("ssm_a", width, state, layer), parameters.Vector("ssm_d", width, layer)));
        return Linear("ssm_out", output, spec.HiddenSize, s.OutputScale, s.OutputScale);
    }

    /// <summary>Mamba-2's block: gate, x with B and C, and steps from one projection; a scan over heads; a gate with a norm before or behind it.</summary>
    private Slot HeadScan(StateSpaceSpec s, Slot input)
    {
        int width = s.InnerSize, mixed = s.InnerSize + (2 * s.Groups * s.StateSize);
        Slot zones = Linear("ssm_in", input, width + mixed + s.Heads, s.InputScale);
        if (s.ZoneScales is { } z) operations.Add(new ZoneScaleOperation(zones, [(width, z[0]), (width, z[1]), (s.Groups * s.StateSize, z[2]), (s.Groups * s.StateSize, z[3]), (s.Heads, z[4])]));
        Slot gate = Slice("ssm.gate", zones, 0, width), before = Slice("ssm.xbc", zones, width, mixed), step = Slice("ssm.step", zones, width + mixed, s.Heads), xbc = Slot("ssm.convolved", mixed);
        operations.Add(new ConvolutionOperation(before, parameters.Table("ssm_conv", mixed, s.ConvolutionSize, layer), parameters.VectorOrNull("ssm_conv.bias", mixed, layer), xbc));
        Slot scanned = Slot("ssm.scan", width), output = Slot("ssm.gated", width);
        operations.Add(new HeadScanOperation(s, new HeadScanSlots(xbc, step, scanned), new HeadScanParameters(parameters.Vector("ssm_a", s.Heads, layer), parameters.Vector("ssm_d", s.Heads, layer), parameters.Vector("ssm_dt.bias", s.Heads, layer))));
        if (s.GatedNorm is { } first && s.NormBeforeGate) scanned = Grouped(first, scanned, s.NormGroups);
        operations.Add(new ActivateOperation(new FeedForwardSpec { InnerSize = width, Activation = ActivationKind.Silu, Gated = true }, gate, scanned, output));
        if (s.GatedNorm is { } last && !s.NormBeforeGate) output = Grouped(last, output, s.NormGroups);
        return Linear("ssm_out", output, spec.HiddenSize, s.OutputScale, s.OutputScale);
    }

    /// <summary>A norm over each of so many groups of columns, with a weight for every column.</summary>
    private Slot Grouped(NormSpec norm, Slot input, int groups)
    {
        Slot output = Slot("ssm_norm", input.Width);
        operations.Add(new NormOperation(norm, input, parameters.Vector("ssm_norm", input.Width, layer), null, output, input.Width / groups));
        return output;
    }

    private Slot Slice(string name, Slot input, int offset, int width)
    {
        Slot output = Slot(name, width);
        operations.Add(new SliceOperation(input, offset, output));
        return output;
    }

    private Slot Weightless(Slot input, float epsilon)
    {
        Slot output = Slot(input.Name + ".norm", input.Width);
        operations.Add(new NormOperation(new NormSpec { Kind = NormKind.Rms, Epsilon = epsilon }, input, null, null, output, input.Width));
        return output;
    }

    private (Slot Query, Slot Key) QueryKeyNorm(AttentionSpec a, Slot query, Slot key)
    {
        if (a.QueryKeyNorm is not { } norm) return (query, key);
        return (Norm("query_norm", norm, query, a.QueryKeyNormWhole ? query.Width : a.HeadSize), Norm("key_norm", norm, key, a.QueryKeyNormWhole ? key.Width : a.HeadSize));
    }

    private Slot FeedForward(FeedForwardSpec f, Slot input)
    {
        return f.Experts is { } experts ? Mixture(f, experts, input) : Dense(f, f.InnerSize, "", input, null);
    }

    private Slot Dense(FeedForwardSpec f, int inner, string prefix, Slot input, Slot? gate)
    {
        Slot up = Linear(prefix + "up", input, inner), neurons = Slot(prefix + "neurons", inner);
        operations.Add(f.Gated ? new ActivateOperation(f, Linear(prefix + "gate", input, inner), up, neurons) : new ActivateOperation(f, up, null, neurons));
        MadeAgain(up, neurons);
        if (gate is not null)
        {
            Slot open = Slot(prefix + "open", inner);
            operations.Add(new RowGateOperation(gate, neurons, open));
            neurons = open;
        }

        return Linear(prefix + "down", neurons, spec.HiddenSize, f.OutputScale, f.OutputScale);
    }

    private Slot Mixture(FeedForwardSpec f, ExpertsSpec x, Slot input)
    {
        int width = spec.HiddenSize, inner = f.InnerSize, used = x.Used;
        Slot logits = Linear("router", input, x.Count), output = Slot("experts", width);
        ExpertMatrix Matrix(string role, int rows, int columns, int e)
        {
            Parameter weight = parameters.Matrix(role, rows, columns, layer, e);
            return new ExpertMatrix(weight, parameters.VectorOrNull(role + ".bias", rows, layer, e), adapters?.LowRankOfExpert(role, layer, e, x.Count, weight, f.Gated));
        }

        ExpertParameters[] all = [.. Enumerable.Range(0, x.Count).Select(e => new ExpertParameters(
            f.Gated ? Matrix("expert_gate", inner, width, e) : null, Matrix("expert_up", inner, width, e), Matrix("expert_down", width, inner, e)))];
        ExpertSlots Slots(string name, int size, ExpertMatrix? matrix) => new(Slot(name, matrix is null ? 0 : size * used), Slot(name + ".low", (matrix?.Adapter?.Adapter.Rank ?? 0) * used));
        var slots = new MixtureSlots(
            input, logits, Slot("expert.input", width * used), Slots("expert.gate", inner, all[0].Gate), Slots("expert.up", inner, all[0].Up), Slot("expert.neurons", inner * used), Slots("expert.down", width, all[0].Down), output);
        operations.Add(new MixtureOperation(f, slots, parameters.Numbers("router_correction", x.Count, layer), all, balance, layer, adapters));
        if (x.SharedInnerSize == 0) return output;
        Slot? gate = x.SharedGated ? Linear("shared_router", input, 1) : null;
        Slot shared = Dense(f, x.SharedInnerSize, "shared_", input, gate), both = Slot("experts.all", width);
        operations.Add(new SumOperation(output, shared, both));
        return both;
    }

    private Slot Linear(string role, Slot input, int width, float scale = 1, float biasScale = 1)
    {
        Parameter matrix = parameters.Matrix(role, width, input.Width, layer);
        Parameter? bias = parameters.VectorOrNull(role + ".bias", width, layer);
        if (adapters is null) return Plain(role, input, matrix, bias, scale, biasScale);
        ScalingSite? scaling = adapters.Scaling(role, layer, matrix, bias);
        LowRankSite? low = adapters.LowRank(role, layer, matrix);
        if (scale != 1 && (scaling is not null || low is not null)) throw Unable("adapters beside scaled matrices");
        if (scaling is { Scaling.OfInputs: true }) input = Scaled(role + ".scaled", input, scaling);
        Slot output = low is null ? Plain(role, input, matrix, bias, scale, biasScale) : LowRank(role, input, low, low.Adapter.Magnitude is null ? bias : null);
        if (low?.Adapter.Magnitude is not null)
        {
            Slot direction = output;
            output = Slot(role + ".magnitude", width);
            operations.Add(new MagnitudeOperation(adapters, direction, low, bias, output));
        }

        return scaling is { Scaling.OfInputs: false } ? Scaled(role + ".scaled", output, scaling) : output;
    }

    private Slot Plain(string role, Slot input, Parameter matrix, Parameter? bias, float scale, float biasScale)
    {
        Slot output = Slot(role, matrix.Rows);
        operations.Add(new LinearOperation(input, matrix, bias, output, scale, biasScale));
        return output;
    }

    private Slot LowRank(string role, Slot input, LowRankSite low, Parameter? bias)
    {
        Slot output = Slot(role, low.Target.Rows);
        operations.Add(new LowRankLinearOperation(adapters!, low, input, bias, Slot(role + ".low", low.Adapter.Rank), output));
        return output;
    }

    private Slot Scaled(string name, Slot input, ScalingSite scaling)
    {
        Slot output = Slot(name, input.Width);
        operations.Add(new ScaleOperation(adapters!, input, scaling, output));
        return output;
    }

    private Slot Norm(string role, NormSpec? norm, Slot input) => norm is null ? input : Norm(role, norm, input, input.Width);

    private Slot PostNorm(string role, NormSpec? norm, Slot input) => Norm(role, norm, input);

    private Slot Norm(string role, NormSpec norm, Slot input, int size)
    {
        Slot output = Slot(role, input.Width);
        operations.Add(new NormOperation(norm, input, parameters.VectorOrNull(role, size, layer), parameters.VectorOrNull(role + ".bias", size, layer), output, size));
        return output;
    }

    private Slot Slot(string name, int width)
    {
        var slot = new Slot(name, width);
        inner.Add(slot);
        return slot;
    }
}
