using System.Numerics.Tensors;
using Candor.Models;

namespace Candor.Training;

/// <summary>What a scan over heads reads and writes: x, B and C side by side [inner + 2 · groups · state], steps [heads], results [inner].</summary>
internal sealed record HeadScanSlots(Slot XBC, Slot Step, Slot Output);

/// <summary>The weights of a scan over heads, [heads] each.</summary>
internal sealed record HeadScanParameters(Parameter LogA, Parameter D, Parameter StepBias);

/// <summary>
/// Mamba-2's scan (Dao and Gu, arXiv:2405.21060), head by head inside each document: Δ = softplus(step + bias), h ← exp(Δ A) h + Δ x Bᵀ,
/// y = h C + D x, with one A = −exp(log A) a head, and B and C for groups of heads. States are computed anew on the way back.
/// </summary>
internal sealed unsafe class HeadScanOperation(StateSpaceSpec spec, HeadScanSlots slots, HeadScanParameters weights) : Operation
{
    private readonly int size = spec.StateSize, headSize = spec.InnerSize / spec.Heads, shared = spec.Groups * spec.StateSize;

    public override void Forward(Pass pass) => pass.Run(spec.Heads, 1, (begin, end, _) =>
    {
        float[] state = new float[headSize * size];
        for (int h = begin; h < end; h++)
            foreach (Segment s in pass.Segments)
            {
                Array.Clear(state);
                for (int r = s.Begin; r < s.Begin + s.Count; r++)
                {
                    Advance(h, r, state, state);
                    Span<float> y = slots.Output.Values(r).Slice(h * headSize, headSize);
                    ReadOnlySpan<float> x = X(slots.XBC.Values(r), h), c = C(slots.XBC.Values(r), h);
                    for (int p = 0; p < headSize; p++) y[p] = TensorPrimitives.Dot(state.AsSpan(p * size, size), c) + (weights.D.Value[h] * x[p]);
                }
            }
    });

    public override void Backward(Pass pass)
    {
        // B and C belong to several heads: each part of the heads has sums of its own, added in order.
        int parts = Math.Min(Pass.Chunks, spec.Heads), longest = pass.Segments.Max(s => s.Count);
        var sums = new float[parts][];
        pass.Run(parts, 1, (first, last, _) =>
        {
            float[] states = new float[(longest + 1) * headSize * size], back = new float[headSize * size];
            for (int part = first; part < last; part++)
            {
                sums[part] = new float[pass.Rows * 2 * shared];
                for (int h = spec.Heads * part / parts; h < spec.Heads * (part + 1) / parts; h++) Head(pass, h, states, back, sums[part]);
            }
        });
        pass.RunRows((begin, end, _) =>
        {
            for (int r = begin; r < end; r++)
            {
                Span<float> to = slots.XBC.Gradients(r)[spec.InnerSize..];
                foreach (float[] part in sums) TensorPrimitives.Add(to, part.AsSpan(r * 2 * shared, 2 * shared), to);
            }
        });
    }

    private void Head(Pass pass, int h, float[] states, float[] back, float[] sums)
    {
        double slopeA = 0, slopeD = 0, slopeBias = 0;
        int all = headSize * size, group = h / (spec.Heads / spec.Groups) * size;
        double a = -Math.Exp(weights.LogA.Value[h]);
        foreach (Segment s in pass.Segments)
        {
            Array.Clear(states, 0, all);
            for (int t = 0; t < s.Count; t++) Advance(h, s.Begin + t, states.AsSpan(t * all, all), states.AsSpan((t + 1) * all, all));
            Array.Clear(back);
            for (int t = s.Count - 1; t >= 0; t--)
            {
                int r = s.Begin + t;
                (double raw, double delta) = Delta(h, r);
                float decay = (float)Math.Exp(delta * a);
                ReadOnlySpan<float> x = X(slots.XBC.Values(r), h), b = B(slots.XBC.Values(r), h), c = C(slots.XBC.Values(r), h), dy = slots.Output.Gradients(r).Slice(h * headSize, headSize);
                Span<float> dx = slots.XBC.Gradients(r).Slice(h * headSize, headSize), db = sums.AsSpan((r * 2 * shared) + group, size), dc = sums.AsSpan((r * 2 * shared) + shared + group, size);
                double dDelta = 0;
                for (int p = 0; p < headSize; p++)
                {
                    Span<float> slope = back.AsSpan(p * size, size);
                    ReadOnlySpan<float> before = states.AsSpan((t * all) + (p * size), size), after = states.AsSpan(((t + 1) * all) + (p * size), size);
                    TensorPrimitives.MultiplyAdd(c, dy[p], slope, slope);
                    TensorPrimitives.MultiplyAdd(after, dy[p], dc, dc);
                    TensorPrimitives.MultiplyAdd(slope, (float)delta * x[p], db, db);
                    double along = TensorPrimitives.Dot<float>(slope, b), faded = TensorPrimitives.Dot(slope, before) * decay * a;
                    dx[p] += (float)((dy[p] * weights.D.Value[h]) + (delta * along));
                    dDelta += (x[p] * along) + faded;
                    slopeA += faded * delta;
                    slopeD += (double)dy[p] * x[p];
                    TensorPrimitives.Multiply(slope, decay, slope);
                }

                double unclamped = -Sigmoids.LogSigmoid(-raw);
                if (unclamped < spec.StepMin || unclamped > spec.StepMax) continue;
                double dStep = dDelta * Sigmoids.Sigmoid(raw);
                slots.Step.GradientAt(r)[h] += (float)dStep;
                slopeBias += dStep;
            }
        }

        if (weights.LogA.Trains) weights.LogA.Gradient[h] += (float)slopeA;
        if (weights.D.Trains) weights.D.Gradient[h] += (float)slopeD;
        if (weights.StepBias.Trains) weights.StepBias.Gradient[h] += (float)slopeBias;
    }

    /// <summary>The state of a head after a row, from that before it; they may be the same memory.</summary>
    private void Advance(int h, int row, ReadOnlySpan<float> before, Span<float> after)
    {
        double delta = Delta(h, row).Step;
        float decay = (float)Math.Exp(delta * -Math.Exp(weights.LogA.Value[h]));
        ReadOnlySpan<float> x = X(slots.XBC.Values(row), h), b = B(slots.XBC.Values(row), h);
        for (int p = 0; p < headSize; p++)
        {
            Span<float> to = after.Slice(p * size, size);
            TensorPrimitives.Multiply(before.Slice(p * size, size), decay, to);
            TensorPrimitives.MultiplyAdd(b, (float)delta * x[p], to, to);
        }
    }

    private (double Raw, double Step) Delta(int h, int row)
    {
        double raw = (double)slots.Step.ValueAt(row)[h] + weights.StepBias.Value[h];
        return (raw, Math.Clamp(-Sigmoids.LogSigmoid(-raw), spec.StepMin, spec.StepMax));
    }

    private ReadOnlySpan<float> X(ReadOnlySpan<float> row, int h) => row.Slice(h * headSize, headSize);

    private ReadOnlySpan<float> B(ReadOnlySpan<float> row, int h) => row.Slice(spec.InnerSize + (h / (spec.Heads / spec.Groups) * size), size);

    private ReadOnlySpan<float> C(ReadOnlySpan<float> row, int h) => row.Slice(spec.InnerSize + shared + (h / (spec.Heads / spec.Groups) * size), size);
}
