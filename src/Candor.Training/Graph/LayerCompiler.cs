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
        if (l.StateSpace is not null && l.Attention is not null) throw Unable("layers with attention beside a state-space block");
        if (l.StateSpace is { } state)
        {
            if (l.FeedForward is not null || l.Residual != ResidualTopology.Sequential) throw Unable("state-space layers with a feed-forward part");
            operations.Add(new SumOperation(input, PostNorm("mixer_post_norm", l.MixerPostNorm, StateSpace(state, MadeAgain(input, Norm("mixer_norm", l.MixerNorm, input)))), output, l.ResidualScale));
            return Graph(input, output);
        }

        if (l.Attention is not { } attention || l.FeedForward is not { } feedForward) throw Unable("layers without attention or feed-forward part");
        switch (l.Residual)
        {
            case ResidualTopology.Sequential:
            {
                Slot mixed = PostNorm("mixer_post_norm", l.MixerPostNorm, Summed(l.MixerPostNorm, Attention(attention, MadeAgain(input, Norm("mixer_norm", l.MixerNorm, input)))));
                Slot middle = Slot("middle", spec.HiddenSize);
                operations.Add(new SumOperation(input, mixed, middle, l.ResidualScale));
                Slot fed = PostNorm("feed_forward_post_norm", l.FeedForwardPostNorm, Summed(l.FeedForwardPostNorm, FeedForward(feedForward, MadeAgain(middle, Norm("feed_forward_norm", l.FeedForwardNorm, middle)))));
                operations.Add(new SumOperation(middle, fed, output, l.ResidualScale));
                break;
            }

            case ResidualTopology.Parallel:
            {
                Slot normed = MadeAgain(input, Norm("mixer_norm", l.MixerNorm, input));
                Slot fedFrom = l.FeedForwardNorm is null ? normed : MadeAgain(input, Norm("feed_forward_norm", l.FeedForwardNorm, input));
                Slot mixed = Summed(null, Attention(attention, normed)), fed = Summed(null, FeedForward(feedForward, fedFrom)), middle = Slot("middle", spec.HiddenSize);
                operations.Add(new SumOperation(input, mixed, middle, l.ResidualScale));
                operations.Add(new SumOperation(middle, fed, output, l.ResidualScale));
                break;
            }

            default:
                throw Unable("layers whose norms come after the sums");
        }

        return Graph(input, output);
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
        if (a.Latent is not null) throw Unable("latent attention");
        if (a.ClampQkv is not null) throw Unable("clamped queries, keys and values");
        int queryWidth = a.Heads * a.HeadSize, keyWidth = a.KeyValueHeads * a.HeadSize, valueWidth = a.KeyValueHeads * a.ValueSize;
        Slot query = Linear("query", input, queryWidth, a.InputScale), key = Linear("key", input, keyWidth, a.InputScale * a.KeyScale), value = Linear("value", input, valueWidth, a.InputScale);
        if (!a.QueryKeyNormAfterRope) (query, key) = QueryKeyNorm(a, query, key);
        if (ropes(a) is { } angles)
        {
            int offset = 0;
            operations.Add(new RopeOperation(query, a.Heads, a.HeadSize, offset, a.Rope!.Pairing, angles));
            operations.Add(new RopeOperation(key, a.KeyValueHeads, a.HeadSize, offset, a.Rope.Pairing, angles));
        }

        if (a.QueryKeyNormAfterRope) (query, key) = QueryKeyNorm(a, query, key);
        Slot output = Slot("attention", a.Heads * a.ValueSize);
        operations.Add(new AttentionOperation(a, spec.Causal, query, key, value, a.Sinks ? parameters.Vector("sinks", a.Heads, layer) : null, output));
        return Linear("attention_output", output, spec.HiddenSize, a.OutputScale);
    }

    private Slot StateSpace(StateSpaceSpec s, Slot input)
    {
        if (s.Kind != StateSpaceKind.Mamba) throw Unable("Mamba-2's blocks");
        int width = s.InnerSize, state = s.StateSize;
        Slot zones = Linear("ssm_in", input, 2 * width, s.InputScale), before = Slice("ssm.x", zones, 0, width), gate = Slice("ssm.gate", zones, width, width), x = Slot("ssm.convolved", width);
        operations.Add(new ConvolutionOperation(before, parameters.Table("ssm_conv", width, s.ConvolutionSize, layer), parameters.VectorOrNull("ssm_conv.bias", width, layer), x));
        Slot projected = Linear("ssm_x", x, s.StepRank + (2 * state));
        Slot low = Slice("ssm.low", projected, 0, s.StepRank), b = Slice("ssm.b", projected, s.StepRank, state), c = Slice("ssm.c", projected, s.StepRank + state, state);
        if (s.StepNormEpsilon is { } epsilon) (low, b, c) = (Weightless(low, epsilon), Weightless(b, epsilon), Weightless(c, epsilon));
        Slot step = Linear("ssm_dt", low, width), output = Slot("ssm.scan", width);
        operations.Add(new ScanOperation(s, new ScanSlots(x, step, b, c, gate, output), parameters.Table("ssm_a", width, state, layer), parameters.Vector("ssm_d", width, layer)));
        return Linear("ssm_out", output, spec.HiddenSize, s.OutputScale);
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
        if (f.GateScale != 1) throw Unable("scaled gates");
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

        return Linear(prefix + "down", neurons, spec.HiddenSize, f.OutputScale);
    }

    private Slot Mixture(FeedForwardSpec f, ExpertsSpec x, Slot input)
    {
        int width = spec.HiddenSize, inner = f.InnerSize, used = x.Used;
        Slot logits = Linear("router", input, x.Count), output = Slot("experts", width);
        var slots = new MixtureSlots(
            input, logits, Slot("expert.input", width * used), Slot("expert.gate", f.Gated ? inner * used : 0), Slot("expert.up", inner * used), Slot("expert.neurons", inner * used), Slot("expert.down", width * used), output);
        Parameter? Bias(string role, int count, int e) => parameters.VectorOrNull(role + ".bias", count, layer, e);
        ExpertParameters[] all = [.. Enumerable.Range(0, x.Count).Select(e => new ExpertParameters(
            f.Gated ? parameters.Matrix("expert_gate", inner, width, layer, e) : null, f.Gated ? Bias("expert_gate", inner, e) : null,
            parameters.Matrix("expert_up", inner, width, layer, e), Bias("expert_up", inner, e), parameters.Matrix("expert_down", width, inner, layer, e), Bias("expert_down", width, e)))];
        operations.Add(new MixtureOperation(f, slots, parameters.Numbers("router_correction", x.Count, layer), all, balance, layer));
        if (x.SharedInnerSize == 0) return output;
        Slot? gate = x.SharedGated ? Linear("shared_router", input, 1) : null;
        Slot shared = Dense(f, x.SharedInnerSize, "shared_", input, gate), both = Slot("experts.all", width);
        operations.Add(new SumOperation(output, shared, both));
        return both;
    }

    private Slot Linear(string role, Slot input, int width, float scale = 1)
    {
        Parameter matrix = parameters.Matrix(role, width, input.Width, layer);
        Parameter? bias = parameters.VectorOrNull(role + ".bias", width, layer);
        if (adapters is null) return Plain(role, input, matrix, bias, scale);
        ScalingSite? scaling = adapters.Scaling(role, layer, matrix, bias);
        LowRankSite? low = adapters.LowRank(role, layer, matrix);
        if (scale != 1 && (scaling is not null || low is not null)) throw Unable("adapters beside scaled matrices");
        if (scaling is { Scaling.OfInputs: true }) input = Scaled(role + ".scaled", input, scaling);
        Slot output = low is null ? Plain(role, input, matrix, bias, scale) : LowRank(role, input, low, low.Adapter.Magnitude is null ? bias : null);
        if (low?.Adapter.Magnitude is not null)
        {
            Slot direction = output;
            output = Slot(role + ".magnitude", width);
            operations.Add(new MagnitudeOperation(adapters, direction, low, bias, output));
        }

        return scaling is { Scaling.OfInputs: false } ? Scaled(role + ".scaled", output, scaling) : output;
    }

    private Slot Plain(string role, Slot input, Parameter matrix, Parameter? bias, float scale)
    {
        Slot output = Slot(role, matrix.Rows);
        operations.Add(new LinearOperation(input, matrix, bias, output, scale));
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
