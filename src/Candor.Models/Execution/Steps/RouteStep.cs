using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>Router logits [rows, experts] become the weights of the chosen experts, 0 for the others, in place.</summary>
internal sealed unsafe class RouteStep(ExpertsSpec spec, float* correction, int router) : Step
{
    public override void Run(Workspace w)
    {
        for (int r = 0; r < w.Rows; r++) Route(new Span<float>(w.Row(router, r), spec.Count), new Span<float>(w.Scratch(0, 3 * spec.Count), 3 * spec.Count));
        w.Buffer(router).MarkChanged();
    }

    private void Route(Span<float> x, Span<float> scratch)
    {
        if (spec.Router == RouterKind.Softmax) TensorPrimitives.SoftMax<float>(x, x);
        else if (spec.Router == RouterKind.Sigmoid) TensorPrimitives.Sigmoid<float>(x, x);

        // Choice goes by scores that a correction may shift; the weights themselves stay unshifted.
        Span<float> choice = scratch[..spec.Count], chosen = scratch.Slice(spec.Count, spec.Count);
        x.CopyTo(choice);
        if (correction is not null) TensorPrimitives.Add(choice, new ReadOnlySpan<float>(correction, spec.Count), choice);
        ExpertGroups.Limit(spec, choice, scratch.Slice(2 * spec.Count, spec.Count));
        chosen.Clear();
        for (int k = 0; k < spec.Used; k++)
        {
            int best = TensorPrimitives.IndexOfMax<float>(choice);
            chosen[best] = 1;
            choice[best] = float.NegativeInfinity;
        }

        if (spec.Router == RouterKind.SoftmaxOfChosen)
        {
            for (int e = 0; e < x.Length; e++) if (chosen[e] == 0) x[e] = float.NegativeInfinity;
            TensorPrimitives.SoftMax<float>(x, x);
        }
        else
        {
            TensorPrimitives.Multiply(x, chosen, x);
        }

        if (spec.Normalize) TensorPrimitives.Divide(x, TensorPrimitives.Sum<float>(x) + (spec.Router == RouterKind.Sigmoid ? 1e-20f : 0), x);
        if (spec.Scale != 1) TensorPrimitives.Multiply(x, spec.Scale, x);
    }
}
