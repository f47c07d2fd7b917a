namespace Candor.Training;

/// <summary>y = x · factors, element by element: IA³.</summary>
internal sealed class ScaleOperation(AdapterSet set, Slot input, ScalingSite site, Slot output) : Operation
{
    private readonly Parameter factors = site.Scaling.Factors;

    public override void Forward(Pass pass) => ColumnFactors.Forward(pass, input, Own(), output);

    public override void Backward(Pass pass)
    {
        float[] sums = ColumnFactors.Backward(pass, input, Own(), output);
        if (!set.Enabled) return;
        for (int i = 0; i < sums.Length; i++) factors.Gradients[site.At(i)] += sums[i];
    }

    private float[] Own()
    {
        float[] own = new float[output.Width];
        for (int i = 0; i < own.Length; i++) own[i] = set.Enabled ? factors.Values[site.At(i)] : 1;
        return own;
    }
}
