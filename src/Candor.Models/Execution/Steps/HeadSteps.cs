using System.Numerics.Tensors;
using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>Copies the rows that give logits together; the steps after it work on these.</summary>
internal sealed unsafe class GatherStep(int input, int output) : Step
{
    public override void Run(Workspace w)
    {
        int width = w.Width(input), row = 0;
        foreach (int source in w.Batch.OutputList)
            Buffer.MemoryCopy(w.Row(input, source), w.Row(output, row++), width * sizeof(float), width * sizeof(float));
        (w.Rows, w.IsGathered) = (row, true);
        w.Buffer(output).MarkChanged();
    }
}

/// <summary>Hidden states to logits, with scale and soft cap.</summary>
internal sealed unsafe class HeadStep(WeightMatrix matrix, float* bias, HeadSpec spec, int input) : Step
{
    public override IEnumerable<WeightMatrix> Matrices => [matrix];

    public override void Run(Workspace w)
    {
        if (w.Rows == 0) return;
        Span<LinearTask> tasks = w.Tasks(1);
        tasks[0] = new LinearTask(matrix, w.Logits, matrix.Rows) { Bias = bias, Scale = spec.Scale, Steers = true };
        w.Multiply(w.Buffer(input), w.Rows, tasks);
        if (spec.SoftCap is not { } cap) return;
        for (int r = 0; r < w.Rows; r++)
        {
            var row = new Span<float>(w.Logits + (nint)r * matrix.Rows, matrix.Rows);
            TensorPrimitives.Multiply(row, 1 / cap, row);
            TensorPrimitives.Tanh<float>(row, row);
            TensorPrimitives.Multiply(row, cap, row);
        }
    }
}
