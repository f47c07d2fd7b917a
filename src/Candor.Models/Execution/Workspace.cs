using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models;

/// <summary>
/// The buffers of one run of a plan: rows by name, and scratch for each thread. One run at a time uses it; a plan keeps
/// a few for sessions that run side by side.
/// </summary>
internal sealed unsafe class Workspace : IParallelBody, IDisposable
{
    private readonly Plan plan;
    private readonly LinearTask[] tasks = new LinearTask[8];
    private readonly NativeBuffer?[] scratch;
    private readonly Gemm gemm;
    private ActivationRows[] buffers = [];
    private NativeBuffer? logits, rowIndices, parts;
    private Step? current;

    public Workspace(Plan plan)
    {
        this.plan = plan;
        gemm = new Gemm(plan.Pool);
        scratch = new NativeBuffer?[plan.Pool.Threads];
    }

    public WorkerPool Pool => plan.Pool;

    public ActivationMode Mode => plan.Options.Activations;

    public int VocabularySize => plan.Spec.VocabularySize;

    public Batch Batch { get; private set; } = null!;

    public PlanHook? Hook { get; private set; }

    /// <summary>Rows that steps work on: those of the batch, or its outputs once they were gathered.</summary>
    public int Rows { get; set; }

    /// <summary>Whether rows are the batch's outputs.</summary>
    public bool IsGathered { get; set; }

    public float* Logits => (float*)logits!.Pointer;

    public void Begin(Batch batch, PlanHook? hook)
    {
        (Batch, Hook, Rows, IsGathered) = (batch, hook, batch.Count, false);
        if (buffers.Length == 0 || buffers[0].Capacity < batch.Count)
        {
            foreach (ActivationRows old in buffers) old.Dispose();
            int capacity = Math.Max(batch.Count, Math.Min(buffers.Length == 0 ? 1 : 64, 64));
            buffers = [.. plan.Buffers.Select(b => new ActivationRows(capacity, b.Width))];
        }

        long bytes = (long)batch.Outputs.Count * plan.Spec.VocabularySize * sizeof(float);
        if (plan.Spec.Head is not null && (logits is null || logits.Length < bytes))
        {
            logits?.Dispose();
            logits = new NativeBuffer(bytes);
        }
    }

    public void End() => (Batch, Hook, current) = (null!, null, null);

    public ActivationRows Buffer(int id) => buffers[id];

    public float* Row(int id, int row) => buffers[id].Values + (nint)row * buffers[id].Columns;

    public int Width(int id) => buffers[id].Columns;

    /// <summary>Multiplies rows with the matrices of some tasks; a hook may look at the rows first.</summary>
    public void Multiply(ActivationRows input, int rows, Span<LinearTask> work)
    {
        if (Hook is { WantsInputs: true } hook)
            foreach (LinearTask task in work) hook.OnInput(task.Weight, new TapValues(input.Values, input.Columns, rows, input.Columns));
        Linear.Multiply(Pool, input, rows, work, Mode);
        if (Batch.HasAdapters) Adapt(input, work);
    }

    /// <summary>Adds what the adapter of each sequence has for the matrices.</summary>
    private void Adapt(ActivationRows input, Span<LinearTask> work)
    {
        int output = 0;
        foreach (BatchSlice slice in Batch.SliceList)
        {
            (int begin, int count) = (slice.Begin, slice.Count);
            if (IsGathered)
            {
                begin = output;
                while (output < Batch.OutputList.Count && Batch.OutputList[output] < slice.Begin + slice.Count) output++;
                count = output - begin;
            }

            if (slice.Adapter is null || count == 0) continue;
            float* room = Scratch(0, count * LoraTerm.MostRank);
            foreach (LinearTask task in work) slice.Adapter.Apply(gemm, task, input.Values, input.Columns, begin, count, room);
        }
    }

    /// <summary>Room for the tasks of one linear step.</summary>
    public Span<LinearTask> Tasks(int count) => tasks.AsSpan(0, count);

    /// <summary>Scratch of one thread, at least so many floats; kept between steps.</summary>
    public float* Scratch(int worker, int floats)
    {
        ref NativeBuffer? mine = ref scratch[worker];
        if (mine is null || mine.Length < (long)floats * sizeof(float))
        {
            mine?.Dispose();
            mine = new NativeBuffer((long)floats * sizeof(float));
        }

        return (float*)mine.Pointer;
    }

    /// <summary>Room for row indices; kept between steps.</summary>
    public int* RowIndices(int count)
    {
        if (rowIndices is null || rowIndices.Length < (long)count * sizeof(int))
        {
            rowIndices?.Dispose();
            rowIndices = new NativeBuffer((long)count * sizeof(int));
        }

        return (int*)rowIndices.Pointer;
    }

    /// <summary>Room for what the parts of attention give; kept between steps.</summary>
    /// <param name="floats">Floats, at least.</param>
    /// <param name="heads">Heads that are done together.</param>
    public void ReserveParts(long floats, int heads)
    {
        PartHeads = heads;
        if (parts is not null && parts.Length >= floats * sizeof(float)) return;
        long before = parts?.Length ?? 0;
        parts?.Dispose();
        parts = new NativeBuffer(Math.Max(2 * before, floats * sizeof(float)));
    }

    public float* Parts => parts is null ? null : (float*)parts.Pointer;

    public int PartHeads { get; private set; } = 1;

    /// <summary>Runs a step's <see cref="Step.Range"/> over items on the pool's threads.</summary>
    public void Parallel(Step step, int items, int chunk)
    {
        current = step;
        Pool.Run(items, chunk, this);
    }

    public void Execute(int begin, int end, int worker) => current!.Range(this, begin, end, worker);

    public void Dispose()
    {
        foreach (ActivationRows buffer in buffers) buffer.Dispose();
        foreach (NativeBuffer? buffer in scratch) buffer?.Dispose();
        logits?.Dispose();
        rowIndices?.Dispose();
        parts?.Dispose();
    }
}
