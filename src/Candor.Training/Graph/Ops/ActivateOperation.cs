using System.Numerics.Tensors;
using Candor.Kernels;
using Candor.Models;

namespace Candor.Training;

/// <summary>out = act(gate) · up, or act(up) where there is no gate.</summary>
internal sealed class ActivateOperation(FeedForwardSpec spec, Slot gate, Slot? up, Slot output) : Operation
{
    public override void Forward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++)
        {
            Span<float> y = output.Values(r);
            gate.Values(r).CopyTo(y);
            if (spec.GateScale != 1 && up is not null) TensorPrimitives.Multiply(y, spec.GateScale, y);
            if (spec.Activation == ActivationKind.ClampedSwiglu)
            {
                Activations.ClampedSwiglu(y, up!.Values(r), spec.Alpha, spec.Limit);
                continue;
            }

            switch (spec.Activation)
            {
                case ActivationKind.Silu: Activations.Silu(y); break;
                case ActivationKind.Gelu: Activations.Gelu(y); break;
                case ActivationKind.GeluTanh: Activations.GeluTanh(y); break;
                case ActivationKind.Relu: Activations.Relu(y); break;
                default: Activations.Relu2(y); break;
            }

            if (up is not null) TensorPrimitives.Multiply(y, up.Values(r), y);
        }
    });

    public override void Backward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        int width = gate.Width;
        float[] value = new float[width], slope = new float[width], scaled = new float[width];
        for (int r = begin; r < end; r++)
        {
            ReadOnlySpan<float> dy = output.Gradients(r);
            if (spec.Activation == ActivationKind.ClampedSwiglu)
            {
                Clamped(gate.Values(r), up!.Values(r), dy, gate.Gradients(r), up.Gradients(r));
                continue;
            }

            ReadOnlySpan<float> x = gate.Values(r);
            if (spec.GateScale != 1 && up is not null)
            {
                TensorPrimitives.Multiply(x, spec.GateScale, scaled);
                x = scaled;
            }

            ActivationSlopes.Of(spec.Activation, x, value, slope);
            Span<float> dg = gate.Gradients(r);
            if (up is null)
            {
                TensorPrimitives.MultiplyAdd(dy, slope, dg, dg);
                continue;
            }

            TensorPrimitives.MultiplyAdd(dy, value, up.Gradients(r), up.Gradients(r));
            TensorPrimitives.Multiply(slope, up.Values(r), slope);
            if (spec.GateScale != 1) TensorPrimitives.Multiply(slope, spec.GateScale, slope);
            TensorPrimitives.MultiplyAdd(dy, slope, dg, dg);
        }
    });

    /// <summary>y = (u + 1) · g · σ(α g), with g and u clamped: no gradient goes beyond the clamps.</summary>
    private void Clamped(ReadOnlySpan<float> gates, ReadOnlySpan<float> ups, ReadOnlySpan<float> dy, Span<float> dGate, Span<float> dUp)
    {
        for (int i = 0; i < dy.Length; i++)
        {
            float g = MathF.Min(gates[i], spec.Limit), u = Math.Clamp(ups[i], -spec.Limit, spec.Limit), s = 1 / (1 + MathF.Exp(-spec.Alpha * g));
            if (gates[i] <= spec.Limit) dGate[i] += dy[i] * (u + 1) * s * (1 + (spec.Alpha * g * (1 - s)));
            if (MathF.Abs(ups[i]) <= spec.Limit) dUp[i] += dy[i] * g * s;
        }
    }
}
