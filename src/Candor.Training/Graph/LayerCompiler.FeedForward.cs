using Candor.Models;

namespace Candor.Training;

internal sealed partial class LayerCompiler
{
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
}
