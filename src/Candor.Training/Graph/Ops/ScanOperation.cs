using Candor.Models;

namespace Candor.Training;

/// <summary>What a scan reads and writes.</summary>
internal sealed record ScanSlots(Slot X, Slot Step, Slot B, Slot C, Slot Gate, Slot Output);

/// <summary>
/// Mamba's selective scan (Gu and Dao, arXiv:2312.00752) and its gate, channel by channel inside each document: Δ = softplus(step),
/// h ← exp(Δ A) h + Δ x B, y = (h · C + D x) · silu(gate), with A = −exp(log A). States are computed anew on the way back.
/// </summary>
/// <param name="spec">Sizes and bounds of the step.</param>
/// <param name="slots">Inputs and output.</param>
/// <param name="logA">[inner, state].</param>
/// <param name="d">[inner].</param>
internal sealed unsafe class ScanOperation(StateSpaceSpec spec, ScanSlots slots, Parameter logA, Parameter d) : Operation
{
    private readonly int size = spec.StateSize;

    public override void Forward(Pass pass) => pass.Run(spec.InnerSize, 8, (begin, end, _) =>
    {
        double[] state = new double[size];
        for (int i = begin; i < end; i++)
            foreach (Segment s in pass.Segments)
            {
                Array.Clear(state);
                for (int t = 0; t < s.Count; t++)
                {
                    int r = s.Begin + t;
                    double y = Advance(i, r, state), gate = slots.Gate.ValueAt(r)[i];
                    slots.Output.ValueAt(r)[i] = (float)(y * gate * Sigmoids.Sigmoid(gate));
                }
            }
    });

    public override void Backward(Pass pass)
    {
        // B and C belong to all channels: each part of the channels has sums of its own, added in order.
        var sums = new double[Pass.Chunks][];
        pass.Run(Pass.Chunks, 1, (first, last, _) =>
        {
            for (int part = first; part < last; part++)
            {
                sums[part] = new double[pass.Rows * 2 * size];
                int begin = (int)((long)spec.InnerSize * part / Pass.Chunks), end = (int)((long)spec.InnerSize * (part + 1) / Pass.Chunks);
                for (int i = begin; i < end; i++)
                    foreach (Segment s in pass.Segments) Channel(i, s, sums[part]);
            }
        });
        pass.RunRows((begin, end, _) =>
        {
            for (int r = begin; r < end; r++)
                for (int n = 0; n < size; n++)
                {
                    double b = 0, c = 0;
                    foreach (double[] part in sums) (b, c) = (b + part[(r * 2 * size) + n], c + part[(((r * 2) + 1) * size) + n]);
                    slots.B.GradientAt(r)[n] += (float)b;
                    slots.C.GradientAt(r)[n] += (float)c;
                }
        });
    }

    private double Delta(int r, int i)
    {
        double x = slots.Step.ValueAt(r)[i];
        return Math.Clamp(-Sigmoids.LogSigmoid(-x), spec.StepMin, spec.StepMax);
    }

    /// <summary>One time: the state goes on, and y comes out.</summary>
    private double Advance(int i, int r, double[] state)
    {
        double delta = Delta(r, i), x = slots.X.ValueAt(r)[i], y = d.Value[i] * x;
        for (int n = 0; n < size; n++)
        {
            double a = -Math.Exp(logA.Value[(i * size) + n]);
            state[n] = (Math.Exp(delta * a) * state[n]) + (delta * x * slots.B.ValueAt(r)[n]);
            y += state[n] * slots.C.ValueAt(r)[n];
        }

        return y;
    }

    private void Channel(int i, Segment s, double[] sums)
    {
        double[] states = new double[(s.Count + 1) * size], state = new double[size], outputs = new double[s.Count], back = new double[size], slopeA = new double[size];
        for (int t = 0; t < s.Count; t++)
        {
            outputs[t] = Advance(i, s.Begin + t, state);
            state.CopyTo(states, (t + 1) * size);
        }

        double slopeD = 0;
        for (int t = s.Count - 1; t >= 0; t--)
        {
            int r = s.Begin + t;
            double gate = slots.Gate.ValueAt(r)[i], open = Sigmoids.Sigmoid(gate), dOut = slots.Output.GradientAt(r)[i], dy = dOut * gate * open;
            slots.Gate.GradientAt(r)[i] += (float)(dOut * outputs[t] * open * (1 + (gate * (1 - open))));
            double x = slots.X.ValueAt(r)[i], delta = Delta(r, i), dx = dy * d.Value[i], dDelta = 0;
            slopeD += dy * x;
            for (int n = 0; n < size; n++)
            {
                double a = -Math.Exp(logA.Value[(i * size) + n]), decay = Math.Exp(delta * a), before = states[(t * size) + n], b = slots.B.ValueAt(r)[n];
                back[n] += dy * slots.C.ValueAt(r)[n];
                sums[(((r * 2) + 1) * size) + n] += dy * states[((t + 1) * size) + n];
                sums[(r * 2 * size) + n] += back[n] * delta * x;
                dx += back[n] * delta * b;
                dDelta += back[n] * ((before * decay * a) + (x * b));
                slopeA[n] += back[n] * before * decay * delta * a;
                back[n] *= decay;
            }

            slots.X.GradientAt(r)[i] += (float)dx;
            double step = slots.Step.ValueAt(r)[i], unclamped = -Sigmoids.LogSigmoid(-step);
            if (unclamped >= spec.StepMin && unclamped <= spec.StepMax) slots.Step.GradientAt(r)[i] += (float)(dDelta * Sigmoids.Sigmoid(step));
        }

        if (d.Trains) d.Gradient[i] += (float)slopeD;
        if (!logA.Trains) return;
        for (int n = 0; n < size; n++) logA.Gradient[(i * size) + n] += (float)slopeA[n];
    }
}
