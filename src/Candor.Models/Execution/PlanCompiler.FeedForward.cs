using Candor.Kernels;
using Candor.Models.Steps;

namespace Candor.Models;

internal sealed unsafe partial class PlanCompiler
{
    private void FeedForward(int i, FeedForwardSpec f, int input, Branch target)
    {
        if (f.Experts is { } experts) Experts(i, f, experts, input, target);
        else Dense(i, f, f.InnerSize, "", input, target, null);
    }

    private void Dense(int i, FeedForwardSpec f, int inner, string prefix, int input, Branch target, int? rowGate)
    {
        int up = Buffer("up", inner), neurons = f.Gated ? Buffer("gate", inner) : up;
        var outputs = new List<LinearOutput> { new(Matrix(prefix + "up", inner, Hidden, i), Bias(prefix + "up", inner, i), up) };
        if (f.Gated) outputs.Add(new(Matrix(prefix + "gate", inner, Hidden, i), Bias(prefix + "gate", inner, i), neurons));
        steps.Add(new LinearStep(input, [.. outputs]) { Name = $"layer.{i} normed → {(f.Gated ? "gate, up" : "up")}" });
        steps.Add(new ActivateStep(new FeedForwardActivation(f), neurons, f.Gated ? up : -1)
        {
            Name = $"layer.{i} activate", Tap = prefix.Length == 0 ? new TapPoint(TapKind.Neurons, i) : null, TapBuffer = neurons,
        });
        if (rowGate is { } gate) steps.Add(new SharedGateStep(gate, neurons) { Name = $"layer.{i} gate shared expert" });
        float scale = f.OutputScale * target.Scale;
        steps.Add(new LinearStep(neurons, new LinearOutput(
            Matrix(prefix + "down", Hidden, inner, i), Bias(prefix + "down", Hidden, i, scale), target.Buffer, target.Accumulate, scale))
        {
            Name = $"layer.{i} neurons → {buffers[target.Buffer].Name}",
        });
    }

    private void Experts(int i, FeedForwardSpec f, ExpertsSpec x, int input, Branch target)
    {
        int router = Buffer("router", x.Count), inner = f.InnerSize;
        steps.Add(new LinearStep(input, new LinearOutput(Matrix("router", x.Count, Hidden, i), Bias("router", x.Count, i), router) { Steers = true }) { Name = $"layer.{i} normed → router" });
        steps.Add(new RouteStep(x, weights.VectorOrNull("router_correction", x.Count, i), router)
        {
            Name = $"layer.{i} choose experts", Tap = new TapPoint(TapKind.Router, i), TapBuffer = router,
        });
        var all = new ExpertWeights[x.Count];
        for (int e = 0; e < x.Count; e++)
        {
            all[e] = new ExpertWeights(
                f.Gated ? Matrix("expert_gate", inner, Hidden, i, e) : null, f.Gated ? Bias("expert_gate", inner, i, 1, e) : 0,
                Matrix("expert_up", inner, Hidden, i, e), Bias("expert_up", inner, i, 1, e),
                Matrix("expert_down", Hidden, inner, i, e), Bias("expert_down", Hidden, i, 1, e));
        }

        // Experts add to their target one by one, so it must begin at something: the residual stream, or zero.
        if (!target.Accumulate) steps.Add(new ScaleStep(input, target.Buffer, 0) { Name = $"layer.{i} clear branch" });
        steps.Add(new ExpertsStep(
            all, new FeedForwardActivation(f),
            new ExpertBuffers(input, router, Buffer("expert_input", Hidden), Buffer("expert_gate", inner), Buffer("expert_up", inner), Buffer("expert_output", Hidden), target.Buffer),
            f.OutputScale * target.Scale) { Name = $"layer.{i} experts → {buffers[target.Buffer].Name}" });
        if (x.SharedInnerSize == 0) return;
        int? gate = null;
        if (x.SharedGated)
        {
            gate = Buffer("shared_router", 1);
            steps.Add(new LinearStep(input, new LinearOutput(Matrix("shared_router", 1, Hidden, i), 0, gate.Value) { Steers = true }) { Name = $"layer.{i} normed → shared gate" });
        }

        Dense(i, f, x.SharedInnerSize, "shared_", input, target with { Accumulate = true }, gate);
    }
}
