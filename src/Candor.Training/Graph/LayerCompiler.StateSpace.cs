using Candor.Models;

namespace Candor.Training;

internal sealed partial class LayerCompiler
{
    private Slot StateSpace(StateSpaceSpec s, Slot input)
    {
        if (s.Kind == StateSpaceKind.Mamba2) return HeadScan(s, input);
        int width = s.InnerSize, state = s.StateSize;
        Slot zones = Linear("ssm_in", input, 2 * width, s.InputScale), before = Slice("ssm.x", zones, 0, width), gate = Slice("ssm.gate", zones, width, width), x = Slot("ssm.convolved", width);
        operations.Add(new ConvolutionOperation(before, parameters.Table("ssm_conv", width, s.ConvolutionSize, layer), parameters.VectorOrNull("ssm_conv.bias", width, layer), x));
        Slot projected = Linear("ssm_x", x, s.StepRank + (2 * state));
        Slot low = Slice("ssm.low", projected, 0, s.StepRank), b = Slice("ssm.b", projected, s.StepRank, state), c = Slice("ssm.c", projected, s.StepRank + state, state);
        if (s.StepNormEpsilon is { } epsilon) (low, b, c) = (Weightless(low, epsilon), Weightless(b, epsilon), Weightless(c, epsilon));
        Slot step = Linear("ssm_dt", low, width), output = Slot("ssm.scan", width);
        operations.Add(new ScanOperation(s, new ScanSlots(x, step, b, c, gate, output), parameters.Table("ssm_a", width, state, layer), parameters.Vector("ssm_d", width, layer)));
        return Linear("ssm_out", output, spec.HiddenSize, s.OutputScale, s.OutputScale);
    }

    /// <summary>Mamba-2's block: gate, x with B and C, and steps from one projection; a scan over heads; a gate with a norm before or behind it.</summary>
    private Slot HeadScan(StateSpaceSpec s, Slot input)
    {
        int width = s.InnerSize, mixed = s.InnerSize + (2 * s.Groups * s.StateSize);
        Slot zones = Linear("ssm_in", input, width + mixed + s.Heads, s.InputScale);
        if (s.ZoneScales is { } z) operations.Add(new ZoneScaleOperation(zones, [(width, z[0]), (width, z[1]), (s.Groups * s.StateSize, z[2]), (s.Groups * s.StateSize, z[3]), (s.Heads, z[4])]));
        Slot gate = Slice("ssm.gate", zones, 0, width), before = Slice("ssm.xbc", zones, width, mixed), step = Slice("ssm.step", zones, width + mixed, s.Heads), xbc = Slot("ssm.convolved", mixed);
        operations.Add(new ConvolutionOperation(before, parameters.Table("ssm_conv", mixed, s.ConvolutionSize, layer), parameters.VectorOrNull("ssm_conv.bias", mixed, layer), xbc));
        Slot scanned = Slot("ssm.scan", width), output = Slot("ssm.gated", width);
        operations.Add(new HeadScanOperation(s, new HeadScanSlots(xbc, step, scanned), new HeadScanParameters(parameters.Vector("ssm_a", s.Heads, layer), parameters.Vector("ssm_d", s.Heads, layer), parameters.Vector("ssm_dt.bias", s.Heads, layer))));
        if (s.GatedNorm is { } first && s.NormBeforeGate) scanned = Grouped(first, scanned, s.NormGroups);
        operations.Add(new ActivateOperation(new FeedForwardSpec { InnerSize = width, Activation = ActivationKind.Silu, Gated = true }, gate, scanned, output));
        if (s.GatedNorm is { } last && !s.NormBeforeGate) output = Grouped(last, output, s.NormGroups);
        return Linear("ssm_out", output, spec.HiddenSize, s.OutputScale, s.OutputScale);
    }

    /// <summary>A norm over each of so many groups of columns, with a weight for every column.</summary>
    private Slot Grouped(NormSpec norm, Slot input, int groups)
    {
        Slot output = Slot("ssm_norm", input.Width);
        operations.Add(new NormOperation(norm, input, parameters.Vector("ssm_norm", input.Width, layer), null, output, input.Width / groups));
        return output;
    }

    private Slot Slice(string name, Slot input, int offset, int width)
    {
        Slot output = Slot(name, width);
        operations.Add(new SliceOperation(input, offset, output));
        return output;
    }

    private Slot Weightless(Slot input, float epsilon)
    {
        Slot output = Slot(input.Name + ".norm", input.Width);
        operations.Add(new NormOperation(new NormSpec { Kind = NormKind.Rms, Epsilon = epsilon }, input, null, null, output, input.Width));
        return output;
    }
}
