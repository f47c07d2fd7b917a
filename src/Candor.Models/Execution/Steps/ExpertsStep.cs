using Candor.Kernels;

namespace Candor.Models.Steps;

/// <summary>The matrices of one expert.</summary>
internal sealed record ExpertWeights(WeightMatrix? Gate, nint GateBias, WeightMatrix Up, nint UpBias, WeightMatrix Down, nint DownBias);

/// <summary>Buffers of an <see cref="ExpertsStep"/>.</summary>
internal readonly record struct ExpertBuffers(int Input, int Router, int Gathered, int Gate, int Up, int Down, int Output);

/// <summary>Runs each expert on the rows that chose it, and adds its weighed results to the output.</summary>
internal sealed unsafe class ExpertsStep(ExpertWeights[] experts, FeedForwardActivation activator, ExpertBuffers b, float scale) : Step
{
    public override IEnumerable<WeightMatrix> Matrices => experts.SelectMany(e => e.Gate is null ? new[] { e.Up, e.Down } : [e.Gate, e.Up, e.Down]);

    public override void Run(Workspace w)
    {
        int* rows = (int*)w.RowIndices(w.Rows);
        for (int e = 0; e < experts.Length; e++)
        {
            int count = 0;
            for (int r = 0; r < w.Rows; r++)
                if (w.Row(b.Router, r)[e] != 0) rows[count++] = r;
            if (count > 0) Expert(w, experts[e], e, new ReadOnlySpan<int>(rows, count));
        }

        w.Buffer(b.Output).MarkChanged();
    }

    public override void Range(Workspace w, int begin, int end, int worker)
    {
        int width = w.Width(b.Up);
        bool gated = experts[0].Gate is not null;
        for (int r = begin; r < end; r++)
        {
            if (gated) activator.Apply(w.Row(b.Gate, r), w.Row(b.Up, r), width);
            else activator.Apply(w.Row(b.Up, r), null, width);
        }
    }

    private void Expert(Workspace w, ExpertWeights expert, int index, ReadOnlySpan<int> rows)
    {
        int width = w.Width(b.Input), inner = expert.Gate is null ? b.Up : b.Gate;
        for (int i = 0; i < rows.Length; i++)
            Buffer.MemoryCopy(w.Row(b.Input, rows[i]), w.Row(b.Gathered, i), width * sizeof(float), width * sizeof(float));
        w.Buffer(b.Gathered).MarkChanged();

        Span<LinearTask> tasks = w.Tasks(expert.Gate is null ? 1 : 2);
        tasks[0] = Task(w, expert.Up, expert.UpBias, b.Up);
        if (expert.Gate is not null) tasks[1] = Task(w, expert.Gate, expert.GateBias, b.Gate);
        w.Multiply(w.Buffer(b.Gathered), rows.Length, tasks);
        w.Parallel(this, rows.Length, 2);
        w.Buffer(inner).MarkChanged();
        tasks = w.Tasks(1);
        tasks[0] = Task(w, expert.Down, expert.DownBias, b.Down);
        w.Multiply(w.Buffer(inner), rows.Length, tasks);
        for (int i = 0; i < rows.Length; i++)
            VectorRows.AddScaled(w.Row(b.Router, rows[i])[index] * scale, w.Row(b.Down, i), w.Row(b.Output, rows[i]), w.Width(b.Output));
    }

    private static LinearTask Task(Workspace w, WeightMatrix weight, nint bias, int output) =>
        new(weight, w.Row(output, 0), w.Width(output)) { Bias = (float*)bias };
}
