using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>The parallel loop over all output rows of the tasks of one call.</summary>
internal sealed unsafe class LinearJob : IParallelBody
{
    private const int RowsPerItem = 8;
    private WorkerPool? pool;
    private LinearTask[] tasks = [];
    private int taskCount, tokens;
    private ActivationRows? input;

    public void Run(WorkerPool workers, ActivationRows rows, int count, ReadOnlySpan<LinearTask> work, ActivationMode mode)
    {
        _ = mode;
        if (tasks.Length < work.Length) tasks = new LinearTask[work.Length];
        work.CopyTo(tasks);
        (pool, input, tokens, taskCount) = (workers, rows, count, work.Length);
        int items = 0;
        foreach (ref readonly LinearTask task in work) items += (task.Weight.Rows + RowsPerItem - 1) / RowsPerItem;
        workers.Run(items, 1, this);
    }

    public void Execute(int begin, int end, int worker)
    {
        int first = 0;
        for (int t = 0; t < taskCount; t++)
        {
            int items = (tasks[t].Weight.Rows + RowsPerItem - 1) / RowsPerItem;
            int from = Math.Max(begin - first, 0), to = Math.Min(end - first, items);
            if (from < to) Rows(tasks[t], from * RowsPerItem, Math.Min(to * RowsPerItem, tasks[t].Weight.Rows), worker);
            first += items;
        }
    }

    private void Rows(in LinearTask task, int begin, int end, int worker)
    {
        int columns = task.Weight.Columns;
        float* weights = (float*)pool!.Scratch(worker, columns * sizeof(float));
        for (int r = begin; r < end; r++)
        {
            Dequantizer.ToFloat(task.Weight.Type, task.Weight.Row(r), weights, columns);
            for (int t = 0; t < tokens; t++)
            {
                float* x = input!.Values + ((nint)t * columns);
                double sum = 0;
                for (int c = 0; c < columns; c++) sum += x[c] * (double)weights[c];
                float* y = task.Output + (t * task.OutputStride) + r;
                *y = (task.Accumulate ? *y : 0) + (float)(sum * task.Scale) + (task.Bias is null ? 0 : task.Bias[r]);
            }
        }
    }
}
