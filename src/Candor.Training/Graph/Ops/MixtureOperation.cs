using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Training;

/// <summary>The weights of an expert; biases and gate where it has them.</summary>
internal sealed record ExpertParameters(Parameter? Gate, Parameter? GateBias, Parameter Up, Parameter? UpBias, Parameter Down, Parameter? DownBias);

/// <summary>The slots of a mixture: all experts' rows lie one after the other, so each holds as many rows a token as it uses experts.</summary>
internal sealed record MixtureSlots(Slot Input, Slot Logits, Slot Gathered, Slot Gate, Slot Up, Slot Neurons, Slot Results, Slot Output);

/// <summary>A mixture of experts: each row goes through the experts that its router logits choose, and their outputs are added by weight.</summary>
internal sealed unsafe class MixtureOperation : Operation
{
    private readonly ExpertsSpec spec;
    private readonly float outputScale;
    private readonly MixtureSlots slots;
    private readonly Router router;
    private readonly RouterBalance balance;
    private readonly int layer;
    private readonly (Slot Input, Slot? Gate, Slot Up, Slot Neurons, Slot Result, Operation[] Operations)[] experts;
    private int[] chosen = [], places = [], starts = [];
    private double[] weights = [], probabilities = [];

    public MixtureOperation(FeedForwardSpec f, MixtureSlots slots, float[]? correction, ExpertParameters[] all, RouterBalance balance, int layer)
    {
        (spec, outputScale, this.slots, this.balance, this.layer) = (f.Experts!, f.OutputScale, slots, balance, layer);
        router = new Router(spec, correction);
        int hidden = slots.Input.Width, inner = f.InnerSize;
        experts = [.. all.Select(e =>
        {
            Slot input = new("expert", hidden), up = new("expert.up", inner), neurons = new("expert.neurons", inner), result = new("expert.down", hidden);
            Slot? gate = e.Gate is null ? null : new Slot("expert.gate", inner);
            var operations = new List<Operation> { new LinearOperation(input, e.Up, e.UpBias, up) };
            if (gate is not null) operations.Add(new LinearOperation(input, e.Gate!, e.GateBias, gate));
            operations.Add(gate is null ? new ActivateOperation(f, up, null, neurons) : new ActivateOperation(f, gate, up, neurons));
            operations.Add(new LinearOperation(neurons, e.Down, e.DownBias, result));
            return (input, gate, up, neurons, result, operations.ToArray());
        })];
    }

    public override void Forward(Pass pass)
    {
        Route(pass.Rows);
        int hidden = slots.Input.Width;
        pass.RunRows((begin, end, _) =>
        {
            for (int r = begin; r < end; r++)
                for (int k = 0; k < spec.Used; k++) slots.Input.Values(r).CopyTo(At(slots.Gathered.Value, places[(r * spec.Used) + k], hidden));
        });
        Each(pass, operations =>
        {
            foreach (Operation o in operations) o.Forward(pass);
        });
        pass.RunRows((begin, end, _) =>
        {
            for (int r = begin; r < end; r++)
            {
                Span<float> sum = slots.Output.Values(r);
                sum.Clear();
                for (int k = 0; k < spec.Used; k++) TensorPrimitives.MultiplyAdd(At(slots.Results.Value, places[(r * spec.Used) + k], hidden), (float)(weights[(r * spec.Used) + k] * outputScale), sum, sum);
            }
        });
    }

    public override void Backward(Pass pass)
    {
        int hidden = slots.Input.Width, used = spec.Used;
        pass.RunRows((begin, end, _) =>
        {
            double[] slopes = new double[used], even = new double[spec.Count];
            for (int e = 0; e < even.Length && balance.Weight != 0; e++) even[e] = balance.Slope(e);
            for (int r = begin; r < end; r++)
            {
                ReadOnlySpan<float> dy = slots.Output.Gradients(r);
                for (int k = 0; k < used; k++)
                {
                    int place = places[(r * used) + k];
                    slopes[k] = outputScale * TensorPrimitives.Dot(dy, At(slots.Results.Value, place, hidden));
                    TensorPrimitives.Multiply(dy, (float)(weights[(r * used) + k] * outputScale), At(slots.Results.Gradient, place, hidden));
                }

                router.Back(probabilities.AsSpan(r * spec.Count, spec.Count), chosen.AsSpan(r * used, used), weights.AsSpan(r * used, used), slopes, even, slots.Logits.Gradients(r));
            }
        });
        Each(pass, operations =>
        {
            for (int i = operations.Length - 1; i >= 0; i--) operations[i].Backward(pass);
        });
        pass.RunRows((begin, end, _) =>
        {
            for (int r = begin; r < end; r++)
                for (int k = 0; k < used; k++) TensorPrimitives.Add(slots.Input.Gradients(r), At(slots.Gathered.Gradient, places[(r * used) + k], hidden), slots.Input.Gradients(r));
        });
    }

    private static Span<float> At(float* data, int row, int width) => new(data + ((nint)row * width), width);

    /// <summary>Chooses, and gives each choice its place among the rows of its expert.</summary>
    private void Route(int rows)
    {
        int used = spec.Used;
        if (chosen.Length != rows * used) (chosen, places, weights, probabilities) = (new int[rows * used], new int[rows * used], new double[rows * used], new double[rows * spec.Count]);
        double[] counts = new double[spec.Count], sums = new double[spec.Count];
        for (int r = 0; r < rows; r++)
        {
            Span<double> p = probabilities.AsSpan(r * spec.Count, spec.Count);
            router.Choose(slots.Logits.Values(r), p, chosen.AsSpan(r * used, used), weights.AsSpan(r * used, used));
            for (int e = 0; e < spec.Count; e++) sums[e] += p[e];
            for (int k = 0; k < used; k++) counts[chosen[(r * used) + k]]++;
        }

        balance.Set(layer, counts, sums, rows);
        starts = new int[spec.Count + 1];
        for (int e = 0; e < spec.Count; e++) starts[e + 1] = starts[e] + (int)counts[e];
        int[] next = [.. starts];
        for (int i = 0; i < chosen.Length; i++) places[i] = next[chosen[i]]++;
    }

    /// <summary>Runs over experts that have rows, one after the other; their slots point at their rows.</summary>
    private void Each(Pass pass, Action<Operation[]> body)
    {
        int rows = pass.Rows;
        for (int e = 0; e < experts.Length; e++)
        {
            int count = starts[e + 1] - starts[e];
            if (count == 0) continue;
            (Slot input, Slot? gate, Slot up, Slot neurons, Slot result, Operation[] operations) = experts[e];
            Point(input, slots.Gathered, starts[e]);
            if (gate is not null) Point(gate, slots.Gate, starts[e]);
            Point(up, slots.Up, starts[e]);
            Point(neurons, slots.Neurons, starts[e]);
            Point(result, slots.Results, starts[e]);
            pass.Rows = count;
            body(operations);
            pass.Rows = rows;
        }
    }

    private static void Point(Slot part, Slot whole, int start)
    {
        part.Value = whole.Value + ((nint)start * part.Width);
        part.Gradient = whole.Gradient + ((nint)start * part.Width);
    }
}
