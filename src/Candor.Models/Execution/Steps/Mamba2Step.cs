using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>Buffers of a <see cref="Mamba2Step"/>: x, B and C [inner + 2 · groups · state], gate [inner], Δ [heads].</summary>
internal readonly record struct Mamba2Buffers(int XBC, int Gate, int Step);

/// <summary>Factors on the zones of Mamba-2's input projection (Falcon-H1).</summary>
internal sealed unsafe class ZoneScaleStep(StateSpaceSpec spec, Mamba2Buffers b) : Step
{
    public override void Run(Workspace w)
    {
        IReadOnlyList<float> zones = spec.ZoneScales!;
        int shared = spec.Groups * spec.StateSize;
        for (int r = 0; r < w.Rows; r++)
        {
            float* xbc = w.Row(b.XBC, r);
            VectorRows.Scale(zones[0], w.Row(b.Gate, r), spec.InnerSize);
            VectorRows.Scale(zones[1], xbc, spec.InnerSize);
            VectorRows.Scale(zones[2], xbc + spec.InnerSize, shared);
            VectorRows.Scale(zones[3], xbc + spec.InnerSize + shared, shared);
            VectorRows.Scale(zones[4], w.Row(b.Step, r), spec.Heads);
        }
    }
}

/// <summary>Mamba-2's scan over the heads; the result stands in the x zone.</summary>
internal sealed unsafe class Mamba2Step(StateSpaceSpec spec, int layer, float* a, float* d, float* stepBias, Mamba2Buffers b) : Step
{
    public override void Run(Workspace w) => w.Parallel(this, spec.Heads, 1);

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        int headSize = spec.InnerSize / spec.Heads, shared = spec.Groups * spec.StateSize;
        float* steps = w.Scratch(worker, w.Rows);
        for (int h = begin; h < end; h++)
        {
            int group = h / (spec.Heads / spec.Groups);
            foreach (BatchSlice slice in w.Batch.SliceList)
            {
                float* row = w.Row(b.XBC, slice.Begin), step = w.Row(b.Step, slice.Begin) + h;
                nint stride = w.Width(b.XBC), ss = w.Width(b.Step);
                for (int t = 0; t < slice.Count; t++) steps[t] = step[t * ss] + stepBias[h];
                var deltas = new Span<float>(steps, slice.Count);
                Activations.Softplus(deltas);
                TensorPrimitives.Clamp(deltas, spec.StepMin, spec.StepMax, deltas);
                float* first = row + spec.InnerSize + group * spec.StateSize;
                SelectiveScan.Head(
                    row + h * headSize, stride, headSize, steps, 1, first, first + shared, stride, a[h], d[h],
                    slice.State.Recurrent(layer).Scan + (nint)h * headSize * spec.StateSize, spec.StateSize, slice.Count);
            }
        }
    }
}

/// <summary>gate ← norm(x · silu(gate)), or norm(x) · silu(gate), or without a norm.</summary>
internal sealed unsafe class GatedNormStep(StateSpaceSpec spec, NormWeights[]? norms, Mamba2Buffers b) : Step
{
    public override void Run(Workspace w)
    {
        if (w.Rows <= 4) Range(w, 0, w.Rows, 0);
        else w.Parallel(this, w.Rows, 4);
        w.Buffer(b.Gate).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        int n = spec.InnerSize;
        for (int r = begin; r < end; r++)
        {
            float* x = w.Row(b.XBC, r), gate = w.Row(b.Gate, r);
            var g = new Span<float>(gate, n);
            Activations.Silu(g);
            if (norms is not null && spec.NormBeforeGate) Normalise(x);
            TensorPrimitives.Multiply(g, new ReadOnlySpan<float>(x, n), g);
            if (norms is not null && !spec.NormBeforeGate) Normalise(gate);
        }
    }

    private void Normalise(float* x)
    {
        foreach (NormWeights norm in norms!)
        {
            norm.Apply(x, x);
            x += norm.Size;
        }
    }
}
