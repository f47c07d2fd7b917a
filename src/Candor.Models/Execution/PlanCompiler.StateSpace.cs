using Candor.Kernels;
using Candor.Models.Steps;
using Candor.Tensors;

namespace Candor.Models;

internal sealed unsafe partial class PlanCompiler
{
    private void StateSpace(int i, StateSpaceSpec s, int input, Branch target)
    {
        int output = s.Kind == StateSpaceKind.Mamba ? Mamba(i, s, input) : Mamba2(i, s, input);
        float scale = s.OutputScale * target.Scale;
        steps.Add(new LinearStep(output, new LinearOutput(
            Matrix("ssm_out", Hidden, s.InnerSize, i), Bias("ssm_out", Hidden, i, scale), target.Buffer, target.Accumulate, scale))
        {
            Name = $"layer.{i} scan → {buffers[target.Buffer].Name}",
        });
    }

    private int Mamba(int i, StateSpaceSpec s, int input)
    {
        int inner = s.InnerSize, n = s.StateSize;
        var b = new MambaBuffers(Buffer("ssm_x", inner), Buffer("ssm_gate", inner), Buffer("ssm_bc", 2 * n), Buffer("ssm_step", inner));
        Input(i, s, input, 2 * inner, (0, inner, b.X), (inner, inner, b.Gate));
        Convolution(i, s, inner, b.X);
        int low = Buffer("ssm_step_low", s.StepRank);
        WeightMatrix project = Matrix("ssm_x", s.StepRank + 2 * n, inner, i);
        steps.Add(new LinearStep(b.X, new LinearOutput(Part("ssm_x", i, project, 0, s.StepRank), 0, low), new LinearOutput(Part("ssm_x", i, project, s.StepRank, 2 * n), 0, b.BC)) { Name = $"layer.{i} x → step, B, C" });
        if (s.StepNormEpsilon is { } epsilon) steps.Add(new StepNormStep(epsilon, n, low, b.BC) { Name = $"layer.{i} norm step, B, C" });
        steps.Add(new LinearStep(low, new LinearOutput(Matrix("ssm_dt", inner, s.StepRank, i), Bias("ssm_dt", inner, i), b.Step)) { Name = $"layer.{i} step" });
        steps.Add(new MambaStep(s, i, weights.Vector("ssm_a", inner * n, i), weights.Vector("ssm_d", inner, i), b) { Name = $"layer.{i} scan" });
        return b.X;
    }

    private int Mamba2(int i, StateSpaceSpec s, int input)
    {
        int inner = s.InnerSize, width = s.ConvolutionWidth;
        var b = new Mamba2Buffers(Buffer("ssm_xbc", width), Buffer("ssm_gate", inner), Buffer("ssm_heads", s.Heads));
        Input(i, s, input, inner + width + s.Heads, (0, inner, b.Gate), (inner, width, b.XBC), (inner + width, s.Heads, b.Step));
        if (s.ZoneScales is not null) steps.Add(new ZoneScaleStep(s, b) { Name = $"layer.{i} scale zones" });
        Convolution(i, s, width, b.XBC);
        steps.Add(new Mamba2Step(s, i, weights.Vector("ssm_a", s.Heads, i), weights.Vector("ssm_d", s.Heads, i), weights.Vector("ssm_dt.bias", s.Heads, i), b) { Name = $"layer.{i} scan" });
        NormWeights[]? norms = null;
        if (s.GatedNorm is { } norm)
        {
            int size = inner / s.NormGroups;
            float* weight = weights.Vector("ssm_norm", inner, i);
            norms = new NormWeights[s.NormGroups];
            for (int g = 0; g < norms.Length; g++) norms[g] = new NormWeights(norm, weight + g * size, null, size);
        }

        steps.Add(new GatedNormStep(s, norms, b) { Name = $"layer.{i} gate" });
        return b.Gate;
    }

    /// <summary>The input projection, its row ranges going to buffers of their own.</summary>
    private void Input(int i, StateSpaceSpec s, int input, int rows, params ReadOnlySpan<(int Begin, int Count, int Buffer)> parts)
    {
        WeightMatrix matrix = Matrix("ssm_in", rows, Hidden, i);
        nint bias = Bias("ssm_in", rows, i);
        var outputs = new LinearOutput[parts.Length];
        for (int p = 0; p < outputs.Length; p++)
            outputs[p] = new LinearOutput(Part("ssm_in", i, matrix, parts[p].Begin, parts[p].Count), bias == 0 ? 0 : bias + parts[p].Begin * sizeof(float), parts[p].Buffer, false, s.InputScale);
        steps.Add(new LinearStep(input, outputs) { Name = $"layer.{i} normed → scan inputs" });
    }

    private void Convolution(int i, StateSpaceSpec s, int channels, int buffer)
    {
        // Files hold taps channel by channel; the kernel runs over channels, tap by tap.
        float* stored = weights.Vector("ssm_conv", channels * s.ConvolutionSize, i);
        var turned = new NativeBuffer((long)channels * s.ConvolutionSize * sizeof(float));
        Resources.Add(turned);
        float* taps = (float*)turned.Pointer;
        for (int c = 0; c < channels; c++)
            for (int k = 0; k < s.ConvolutionSize; k++) taps[k * channels + c] = stored[c * s.ConvolutionSize + k];
        steps.Add(new ConvolutionStep(i, taps, weights.VectorOrNull("ssm_conv.bias", channels, i), s.ConvolutionSize, channels, buffer) { Name = $"layer.{i} convolve" });
    }
}
