namespace Candor.Training;

/// <summary>y = x · m / ‖row of the adapted matrix‖ + bias: DoRA's second half. The lengths count as constants on the way back.</summary>
internal sealed class MagnitudeOperation(AdapterSet set, Slot input, LowRankSite site, Parameter? bias, Slot output) : Operation
{
    private readonly Parameter magnitude = site.Adapter.Magnitude!;
    private float[] lengths = [];

    public override void Forward(Pass pass)
    {
        if (set.Enabled) lengths = site.RowLengths(pass.Gemm);
        ColumnFactors.Forward(pass, input, Factors(), output);
        LinearOperation.AddBias(pass, bias, output);
    }

    public override void Backward(Pass pass)
    {
        float[] sums = ColumnFactors.Backward(pass, input, Factors(), output);
        if (set.Enabled)
            for (int i = 0; i < sums.Length; i++) magnitude.Gradients[site.At(i)] += sums[i] / lengths[i];
        if (bias is { Trains: true }) LinearOperation.ColumnSums(pass, output, bias);
    }

    private float[] Factors()
    {
        float[] factors = new float[output.Width];
        for (int i = 0; i < factors.Length; i++) factors[i] = set.Enabled ? magnitude.Values[site.At(i)] / lengths[i] : 1;
        return factors;
    }
}
