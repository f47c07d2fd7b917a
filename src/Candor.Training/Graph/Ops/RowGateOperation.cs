using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>Each row of a shared expert times the sigmoid of its gate's logit (Qwen 2 MoE).</summary>
internal sealed class RowGateOperation(Slot gate, Slot input, Slot output) : Operation
{
    public override void Forward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++) TensorPrimitives.Multiply(input.Values(r), (float)Sigmoids.Sigmoid(gate.Values(r)[0]), output.Values(r));
    });

    public override void Backward(Pass pass) => pass.RunRows((begin, end, _) =>
    {
        for (int r = begin; r < end; r++)
        {
            float open = (float)Sigmoids.Sigmoid(gate.Values(r)[0]);
            TensorPrimitives.MultiplyAdd(output.Gradients(r), open, input.Gradients(r), input.Gradients(r));
            gate.Gradients(r)[0] += TensorPrimitives.Dot<float>(output.Gradients(r), input.Values(r)) * open * (1 - open);
        }
    });
}
