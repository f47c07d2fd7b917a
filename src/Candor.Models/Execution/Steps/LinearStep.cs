using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>One product of a linear step.</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="Bias">[rows] as float32, or 0.</param>
/// <param name="Output">The buffer that receives the rows.</param>
/// <param name="Accumulate">Whether to add to what is there.</param>
/// <param name="Scale">Factor on the product.</param>
internal readonly record struct LinearOutput(WeightMatrix Weight, nint Bias, int Output, bool Accumulate = false, float Scale = 1)
{
    /// <summary>Whether it steers attention or routing.</summary>
    public bool Steers { get; init; }
}

/// <summary>Matrices that share an input, multiplied in one parallel region.</summary>
internal sealed unsafe class LinearStep(int input, params LinearOutput[] outputs) : Step
{
    public override IEnumerable<WeightMatrix> Matrices => outputs.Select(o => o.Weight);

    public override void Run(Workspace w)
    {
        Span<LinearTask> tasks = w.Tasks(outputs.Length);
        for (int i = 0; i < outputs.Length; i++)
        {
            LinearOutput o = outputs[i];
            tasks[i] = new LinearTask(o.Weight, w.Row(o.Output, 0), w.Width(o.Output))
            {
                Bias = (float*)o.Bias, Accumulate = o.Accumulate, Scale = o.Scale, Steers = o.Steers,
            };
        }

        w.Multiply(w.Buffer(input), w.Rows, tasks);
        foreach (LinearOutput o in outputs) w.Buffer(o.Output).MarkChanged();
    }
}
