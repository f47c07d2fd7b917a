using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>gate ← act(gate) · up, or x ← act(x), in place.</summary>
internal sealed unsafe class ActivateStep(FeedForwardActivation activator, int gate, int up) : Step
{
    private const int RowsInline = 2;

    public override void Run(Workspace w)
    {
        if (w.Rows <= RowsInline) Range(w, 0, w.Rows, 0);
        else w.Parallel(this, w.Rows, 2);
        w.Buffer(gate).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        int width = w.Width(gate);
        for (int r = begin; r < end; r++) activator.Apply(w.Row(gate, r), up < 0 ? null : w.Row(up, r), width);
    }
}

/// <summary>The non-linearity of a feed-forward layer.</summary>
internal sealed unsafe class FeedForwardActivation(FeedForwardSpec spec)
{
    /// <summary>x ← act(x · gateScale) (· up, where there is one).</summary>
    public void Apply(float* x, float* up, int n)
    {
        var gate = new Span<float>(x, n);
        if (spec.GateScale != 1) TensorPrimitives.Multiply(gate, spec.GateScale, gate);
        if (spec.Activation == ActivationKind.ClampedSwiglu)
        {
            Activations.ClampedSwiglu(gate, new ReadOnlySpan<float>(up, n), spec.Alpha, spec.Limit);
            return;
        }

        if (spec.Activation == ActivationKind.Silu && up is not null)
        {
            Activations.Swiglu(gate, new ReadOnlySpan<float>(up, n));
            return;
        }

        switch (spec.Activation)
        {
            case ActivationKind.Silu: Activations.Silu(gate); break;
            case ActivationKind.Gelu: Activations.Gelu(gate); break;
            case ActivationKind.GeluTanh: Activations.GeluTanh(gate); break;
            case ActivationKind.Relu: Activations.Relu(gate); break;
            default: Activations.Relu2(gate); break;
        }

        if (up is not null) TensorPrimitives.Multiply(gate, new ReadOnlySpan<float>(up, n), gate);
    }
}
