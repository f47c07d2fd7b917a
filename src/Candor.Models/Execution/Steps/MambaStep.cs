using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>Convolution of some columns over time, per sequence.</summary>
internal sealed unsafe class ConvolutionStep(int layer, float* weight, float* bias, int taps, int channels, int buffer) : Step
{
    public override void Run(Workspace w)
    {
        w.Parallel(this, (channels + 63) / 64, 1);
        w.Buffer(buffer).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        foreach (BatchSlice slice in w.Batch.SliceList)
            CausalConvolution.Run(
                w.Row(buffer, slice.Begin), w.Width(buffer), slice.Count, weight, bias, slice.State.Recurrent(layer).Convolution,
                taps, channels, begin * 64, Math.Min(end * 64, channels));
    }
}

/// <summary>Buffers of a <see cref="MambaStep"/>: x [inner], gate [inner], B and C [2 · state], Δ [inner].</summary>
internal readonly record struct MambaBuffers(int X, int Gate, int BC, int Step);

/// <summary>Mamba's scan over the channels, then the gate: x ← scan(x) · silu(gate).</summary>
internal sealed unsafe class MambaStep(StateSpaceSpec spec, int layer, float* a, float* d, MambaBuffers b) : Step
{
    private const int Together = SelectiveScan.Together;

    public override void Run(Workspace w)
    {
        w.Parallel(this, (spec.InnerSize + Together - 1) / Together, 1);
        w.Buffer(b.X).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        float* scratch = w.Scratch(worker, checked((int)SelectiveScan.ScratchFloats(spec.StateSize)));
        nint xs = w.Width(b.X), ss = w.Width(b.Step), gs = w.Width(b.Gate);
        for (int block = begin; block < end; block++)
        {
            int first = block * Together, channels = Math.Min(Together, spec.InnerSize - first);
            foreach (BatchSlice slice in w.Batch.SliceList)
            {
                float* x = w.Row(b.X, slice.Begin) + first, step = w.Row(b.Step, slice.Begin) + first, gate = w.Row(b.Gate, slice.Begin) + first, bc = w.Row(b.BC, slice.Begin);
                for (int t = 0; t < slice.Count; t++)
                {
                    var steps = new Span<float>(step + (t * ss), channels);
                    Activations.Softplus(steps);
                    TensorPrimitives.Clamp(steps, spec.StepMin, spec.StepMax, steps);
                }

                SelectiveScan.Channels(
                    channels, x, xs, step, ss, bc, bc + spec.StateSize, w.Width(b.BC), a + ((nint)first * spec.StateSize), d + first,
                    slice.State.Recurrent(layer).Scan + ((nint)first * spec.StateSize), spec.StateSize, slice.Count, scratch);
                for (int t = 0; t < slice.Count; t++)
                {
                    var row = new Span<float>(x + (t * xs), channels);
                    Activations.Swiglu(new ReadOnlySpan<float>(gate + (t * gs), channels), row, row);
                }
            }
        }
    }
}

/// <summary>Weightless RMS norms of step size, B and C (Falcon Mamba).</summary>
internal sealed unsafe class StepNormStep(float epsilon, int stateSize, int step, int bc) : Step
{
    public override void Run(Workspace w)
    {
        for (int r = 0; r < w.Rows; r++)
        {
            float* low = w.Row(step, r), b = w.Row(bc, r), c = b + stateSize;
            Norm.Rms(low, null, null, low, w.Width(step), epsilon);
            Norm.Rms(b, null, null, b, stateSize, epsilon);
            Norm.Rms(c, null, null, c, stateSize, epsilon);
        }

        w.Buffer(step).MarkChanged();
    }
}
