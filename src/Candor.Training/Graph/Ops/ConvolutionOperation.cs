namespace Candor.Training;

/// <summary>y = silu(Σ taps · x of the last times + bias), channel by channel, inside each document.</summary>
/// <param name="input">[rows, channels].</param>
/// <param name="taps">[channels · taps], oldest first.</param>
/// <param name="bias">[channels], or null.</param>
/// <param name="output">[rows, channels].</param>
internal sealed unsafe class ConvolutionOperation(Slot input, Parameter taps, Parameter? bias, Slot output) : Operation
{
    private readonly int count = (int)(taps.Count / input.Width);

    public override void Forward(Pass pass) => Channels(pass, c =>
    {
        foreach (Segment s in pass.Segments)
            for (int t = 0; t < s.Count; t++)
            {
                double x = Before(s, t, c);
                output.ValueAt(s.Begin + t)[c] = (float)(x * Sigmoids.Sigmoid(x));
            }
    });

    public override void Backward(Pass pass) => Channels(pass, c =>
    {
        double biasSum = 0;
        double* sums = stackalloc double[count];
        for (int k = 0; k < count; k++) sums[k] = 0;
        foreach (Segment s in pass.Segments)
            for (int t = 0; t < s.Count; t++)
            {
                double x = Before(s, t, c), open = Sigmoids.Sigmoid(x), dx = output.GradientAt(s.Begin + t)[c] * open * (1 + (x * (1 - open)));
                biasSum += dx;
                for (int k = 0; k < count; k++)
                {
                    int time = t - (count - 1) + k;
                    if (time < 0) continue;
                    sums[k] += dx * input.ValueAt(s.Begin + time)[c];
                    input.GradientAt(s.Begin + time)[c] += (float)(dx * taps.Value[(c * count) + k]);
                }
            }

        if (taps.Trains)
            for (int k = 0; k < count; k++) taps.Gradient[(c * count) + k] += (float)sums[k];
        if (bias is { Trains: true }) bias.Gradient[c] += (float)biasSum;
    });

    private double Before(Segment s, int t, int c)
    {
        double sum = bias is null ? 0 : bias.Value[c];
        for (int k = Math.Max(0, count - 1 - t); k < count; k++) sum += (double)taps.Value[(c * count) + k] * input.ValueAt(s.Begin + t - (count - 1) + k)[c];
        return sum;
    }

    private void Channels(Pass pass, Action<int> body) => pass.Run(input.Width, 16, (begin, end, _) =>
    {
        for (int c = begin; c < end; c++) body(c);
    });
}
