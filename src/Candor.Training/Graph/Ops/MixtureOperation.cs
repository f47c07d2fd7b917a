using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Training;

/// <summary>A matrix of an expert, its bias where it has one, and its adapter.</summary>
internal sealed record ExpertMatrix(Parameter Weight, Parameter? Bias, LowRankSite? Adapter);

/// <summary>The matrices of an expert; a gate where it has one.</summary>
internal sealed record ExpertParameters(ExpertMatrix? Gate, ExpertMatrix Up, ExpertMatrix Down);

/// <summary>A slot for what a matrix gives, and one for what its adapters' A gives, of no width where there are none.</summary>
internal sealed record ExpertSlots(Slot Output, Slot Low);

/// <summary>The slots of a mixture: all experts' rows lie one after the other, so each holds as many rows a token as it uses experts.</summary>
internal sealed record MixtureSlots(Slot Input, Slot Logits, Slot Gathered, ExpertSlots Gate, ExpertSlots Up, Slot Neurons, ExpertSlots Results, Slot Output);

/// <summary>A mixture of experts: each row goes through the experts that its router logits choose, and their outputs are added by weight.</summary>
internal sealed unsafe class MixtureOperation : Operation
{
    private readonly ExpertsSpec spec;
    private readonly float outputScale;
    private readonly MixtureSlots slots;
    private readonly Router router;
    private readonly RouterBalance balance;
    private readonly int layer;
    private readonly ((Slot Part, Slot Whole)[] Places, Operation[] Operations)[] experts;
    private int[] chosen = [], places = [], starts = [];
    private double[] weights = [], probabilities = [];

    public MixtureOperation(FeedForwardSpec f, MixtureSlots slots, float[]? correction, ExpertParameters[] all, RouterBalance balance, int layer, AdapterSet? adapters)
    {
        (spec, outputScale, this.slots, this.balance, this.layer) = (f.Experts!, f.OutputScale, slots, balance, layer);
        router = new Router(spec, correction);
        int hidden = slots.Input.Width, inner = f.InnerSize;
        experts = [.. all.Select(e =>
        {
            var places = new List<(Slot, Slot)>();
            Slot Part(Slot whole, int width)
            {
                var part = new Slot(whole.Name, width);
                places.Add((part, whole));
                return part;
            }

            Operation Linear(Slot input, ExpertMatrix matrix, ExpertSlots to, Slot output) => matrix.Adapter is { } site
                ? new LowRankLinearOperation(adapters!, site, input, matrix.Bias, Part(to.Low, site.Adapter.Rank), output)
                : new LinearOperation(input, matrix.Weight, matrix.Bias, output);
            Slot input = Part(slots.Gathered, hidden), up = Part(slots.Up.Output, inner), neurons = Part(slots.Neurons, inner), result = Part(slots.Results.Output, hidden);
            Slot? gate = e.Gate is null ? null : Part(slots.Gate.Output, inner);
            var operations = new List<Operation> { Linear(input, e.Up, slots.Up, up) };
            if (gate is not null) operations.Add(Linear(input, e.Gate!, slots.Gate, gate));
            operations.Add(gate is null ? new ActivateOperation(f, up, null, neurons) : new ActivateOperation(f, gate, up, neurons));
            operations.Add(Linear(neurons, e.Down, slots.Results, result));
            return (places.ToArray(), operations.ToArray());
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
                for (int k = 0; k < spec.Used; k++) TensorPrimitives.MultiplyAdd(At(slots.Results.Output.Value, places[(r * spec.Used) + k], hidden), (float)(weights[(r * spec.Used) + k] * outputScale), sum, sum);
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
                    slopes[k] = outputScale * TensorPrimitives.Dot(dy, At(slots.Results.Output.Value, place, hidden));
                    TensorPrimitives.Multiply(dy, (float)(weights[(r * used) + k] * outputScale), At(slots.Results.Output.Gradient, place, hidden));
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
            ((Slot Part, Slot Whole)[] parts, Operation[] operations) = experts[e];
            foreach ((Slot part, Slot whole) in parts) Point(part, whole, starts[e]);
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
