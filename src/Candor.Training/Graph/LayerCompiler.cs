using Candor.Models;

namespace Candor.Training;

/// <summary>Turns one layer of a <see cref="ModelSpec"/> into differentiable operations.</summary>
/// <param name="spec">The architecture.</param>
/// <param name="parameters">Its weights.</param>
/// <param name="ropes">Angles that layers share.</param>
/// <param name="balance">What routers of all layers share.</param>
/// <param name="adapters">Low-rank adapters, or null.</param>
internal sealed partial class LayerCompiler(ModelSpec spec, ParameterSet parameters, Func<AttentionSpec, RopeAngles?> ropes, RouterBalance balance, AdapterSet? adapters = null)
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

            case ResidualTopology.PostNorm:
            {
                Slot middle = NormedSum("mixer_post_norm", l.MixerPostNorm, input, Mixed(l, null, input), l.ResidualScale, l.FeedForward is null ? output : Slot("middle", spec.HiddenSize));
                if (l.FeedForward is { } feedForward) NormedSum("feed_forward_post_norm", l.FeedForwardPostNorm, middle, Summed(null, FeedForward(feedForward, middle)), l.ResidualScale, output);
                break;
            }

            default:
                throw Unable("parallel layers without a feed-forward block");
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

    /// <summary>The norm of a stream and a branch together, where the norms come after the sums.</summary>
    private Slot NormedSum(string role, NormSpec? norm, Slot stream, Slot branch, float factor, Slot output)
    {
        Slot sum = norm is null ? output : Slot(role + ".sum", spec.HiddenSize);
        operations.Add(new SumOperation(stream, branch, sum, factor));
        if (norm is not null) operations.Add(NormInto(role, norm, sum, output, output.Width));
        return output;
    }

    private Slot Norm(string role, NormSpec? norm, Slot input) => norm is null ? input : Norm(role, norm, input, input.Width);

    private Slot PostNorm(string role, NormSpec? norm, Slot input) => Norm(role, norm, input);

    private Slot Norm(string role, NormSpec norm, Slot input, int size)
    {
        Slot output = Slot(role, input.Width);
        operations.Add(NormInto(role, norm, input, output, size));
        return output;
    }

    private NormOperation NormInto(string role, NormSpec norm, Slot input, Slot output, int size) =>
        new(norm, input, parameters.VectorOrNull(role, size, layer), parameters.VectorOrNull(role + ".bias", size, layer), output, size);

    private Slot Slot(string name, int width)
    {
        var slot = new Slot(name, width);
        inner.Add(slot);
        return slot;
    }
}
