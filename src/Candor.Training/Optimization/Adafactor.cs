using System.Numerics.Tensors;

namespace Candor.Training;

/// <summary>
/// Adafactor (Shazeer and Stern, arXiv:1804.04235): squares of a matrix's gradients are kept as means of rows and of columns alone, whose
/// product over their mean stands for all. The step is min(rate, 1/√t) · max(10⁻³, rms(w)) long at most; decay uses the rate itself.
/// </summary>
internal sealed unsafe class Adafactor(IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options) : Optimizer(parameters, weights, pass, options)
{
    private const double Least = 1.1920928955078125e-7, LeastScale = 1e-3;

    private protected override long StateBytes(Parameter p) => (p.IsVector ? p.Count : p.Rows + (long)p.Columns) * sizeof(float);

    private protected override void Update(Parameter p, byte* state, StepConstants step)
    {
        double enters = Math.Pow(Steps, -0.8), rms = TensorPrimitives.Norm<float>(p.Values) / Math.Sqrt(p.Count);
        double length = Math.Max(LeastScale, rms) * Math.Min(step.Rate, 1 / Math.Sqrt(Steps)), factor = step.Gradient;
        int rows = p.IsVector ? 1 : p.Rows, columns = p.IsVector ? (int)p.Count : p.Columns;
        var kept = (float*)state;
        double[] update = new double[p.Count];
        if (p.IsVector)
        {
            for (int i = 0; i < columns; i++) kept[i] += (float)(((factor * factor * p.Gradients[i] * p.Gradients[i]) - kept[i]) * enters);
        }
        else
        {
            Means(p, kept, rows, columns, factor * factor, enters);
        }

        double mean = 0;
        for (int r = 0; r < rows && !p.IsVector; r++) mean += kept[r] / (double)rows;
        mean = Math.Max(mean, Least);
        double sum = 0;
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                double square = p.IsVector ? kept[c] : kept[r] * (double)kept[rows + c] / mean;
                double u = factor * p.Gradients[(r * columns) + c] / Math.Sqrt(Math.Max(square, Least * Least));
                update[(r * columns) + c] = u;
                sum += u * u;
            }

        length /= Math.Max(1, Math.Sqrt(sum / p.Count));
        Span<float> values = p.Values;
        for (int i = 0; i < values.Length; i++) values[i] = (float)(values[i] - ((values[i] - step.Offset) * step.Rate * step.Decay) - (length * update[i]));
    }

    private static void Means(Parameter p, float* kept, int rows, int columns, double factor, double enters)
    {
        double[] byColumn = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            double sum = 0;
            for (int c = 0; c < columns; c++)
            {
                double square = factor * p.Gradients[(r * columns) + c] * p.Gradients[(r * columns) + c];
                sum += square;
                byColumn[c] += square;
            }

            kept[r] += (float)(((sum / columns) - kept[r]) * enters);
        }

        for (int c = 0; c < columns; c++) kept[rows + c] += (float)(((byColumn[c] / rows) - kept[rows + c]) * enters);
    }
}
