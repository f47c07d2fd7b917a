using System.Numerics.Tensors;
using Candor.Kernels.Floats;
using Candor.Kernels.Integer;
using Candor.Kernels.Packing;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>The parallel loop over all output rows of the tasks of one call.</summary>
internal sealed unsafe class LinearJob : IParallelBody
{
    /// <summary>Rows that a thread takes at a time: whole panels, few enough to balance small layers; with many tokens more, which share activations in the second cache.</summary>
    private const int LeastRows = 32, MostRows = 128, MostRowsOfMany = 256;

    /// <summary>Portions of a thread.</summary>
    private const int Portions = 6;

    /// <summary>From so many tokens on, weights are laid out in panels first.</summary>
    private const int PanelTokens = 5;

    /// <summary>Tokens that are run through a set of panels while their codes are in the nearest cache.</summary>
    private const int TokenBlock = 16;

    /// <summary>
    /// Float32 products with weights of at most so many elements are summed in float64: routers, gates and other small
    /// projections steer much, and cost little.
    /// </summary>
    private const int ExactElements = 1 << 16;

    /// <summary>
    /// From so many tokens on, products in float32 are packed and blocked: later where stored rows are read at once. Below, what a token gets
    /// does not depend on those beside it, to the last bit.
    /// </summary>
    private const int BlockedTokens = 16, BlockedTokensOfRows = 64;

    private WorkerPool? pool;
    private (WorkerPool Pool, Gemm Gemm)? blocked;
    private LinearTask[] tasks = [];
    private int taskCount, tokens, portion;
    private ActivationRows? input;
    private ActivationCodes? codes;
    private ActivationWords? words;
    private ActivationBlocks? byteBlocks, wordBlocks, directBytes, directWords;
    private ActivationMode mode;

    public void Run(WorkerPool workers, ActivationRows rows, int count, ReadOnlySpan<LinearTask> work, ActivationMode activations)
    {
        if (tasks.Length < work.Length) tasks = new LinearTask[work.Length];
        work.CopyTo(tasks);
        (pool, input, tokens, taskCount, mode) = (workers, rows, count, work.Length, activations);
        long all = 0;
        foreach (ref readonly LinearTask task in work) all += task.Weight.Rows;
        portion = (int)Math.Clamp(all / (workers.Threads * Portions) / LeastRows * LeastRows, LeastRows, count > PackedKernel.MostTokens ? MostRowsOfMany : MostRows);
        int items = 0;
        foreach (ref readonly LinearTask task in work)
        {
            items += Items(task);
            ActivationMode rounded = IsBlocked(task) ? ActivationMode.F32 : Linear.Resolve(activations, task.Weight.Type, task.Steers, tokens);
            switch (rounded)
            {
                case ActivationMode.F32: break;
                case ActivationMode.Q8 when IsDirect(task): directBytes = rows.Blocks(workers, count, new BlockLayout(PackedKernel.Width(tokens), 1)); break;
                case ActivationMode.Q16 when IsDirect(task): directWords = rows.Blocks(workers, count, new BlockLayout(PackedKernel.Width(tokens), 2)); break;
                case ActivationMode.Q8 when InBlocks(task): byteBlocks = rows.Blocks(workers, count, new BlockLayout(BlockKernel.Tokens, 1)); break;
                case ActivationMode.Q16 when InBlocks(task): wordBlocks = rows.Blocks(workers, count, new BlockLayout(BlockKernel.Tokens, 2)); break;
                case ActivationMode.Q8: codes = rows.Codes8(workers, count); break;
                default: words = rows.Codes16(workers, count); break;
            }
        }

        if (items > 0) workers.Run(items, 1, this);
        for (int t = 0; t < taskCount; t++)
            if (IsBlocked(tasks[t])) Blocked(tasks[t]);
        Array.Clear(tasks, 0, taskCount);
    }

    public void Execute(int begin, int end, int worker)
    {
        int first = 0;
        for (int t = 0; t < taskCount; t++)
        {
            int items = Items(tasks[t]), from = Math.Max(begin - first, 0), to = Math.Min(end - first, items);
            if (from < to) Rows(tasks[t], from * portion, Math.Min(to * portion, tasks[t].Weight.Rows), worker);
            first += items;
        }
    }

    private bool InBlocks(in LinearTask task) => BlockKernel.IsSupported && tokens >= PanelTokens;

    /// <summary>Whether a task's weights are packed, and tokens few enough that they go straight from there.</summary>
    private bool IsDirect(in LinearTask task) => tokens <= PackedKernel.MostTokens && task.Weight.Packed is not null;

    /// <summary>Whether a task is a product of its own, which the threads share in another way.</summary>
    private bool IsBlocked(in LinearTask task) => Linear.TakesTiles(mode, task.Weight.Type, tokens) ||
        (tokens >= (RowCode.Serves(task.Weight) ? BlockedTokensOfRows : BlockedTokens) && Linear.Resolve(mode, task.Weight.Type, task.Steers, tokens) == ActivationMode.F32 && !IsExact(task.Weight));

    private static bool IsExact(WeightMatrix weight) => (long)weight.Rows * weight.Columns <= ExactElements;

    private void Blocked(in LinearTask task)
    {
        if (blocked?.Pool != pool) blocked = (pool!, new Gemm(pool!));
        var x = new MatrixView(input!.Values, tokens, task.Weight.Columns);
        blocked!.Value.Gemm.Precision = Linear.Precision(mode, task.Weight.Type, task.Steers, tokens);
        blocked.Value.Gemm.Multiply(x, new StoredView(task.Weight, true), new MatrixView(task.Output, tokens, task.Weight.Rows, task.OutputStride), task.Scale, task.Accumulate);
        if (task.Bias is null) return;
        var bias = new ReadOnlySpan<float>(task.Bias, task.Weight.Rows);
        for (int t = 0; t < tokens; t++)
        {
            var row = new Span<float>(task.Output + (t * task.OutputStride), task.Weight.Rows);
            TensorPrimitives.Add(row, bias, row);
        }
    }

    private int Items(in LinearTask task) => IsBlocked(task) ? 0 : (task.Weight.Rows + portion - 1) / portion;

    private void Rows(in LinearTask task, int begin, int end, int worker)
    {
        switch (Linear.Resolve(mode, task.Weight.Type, task.Steers, tokens))
        {
            case ActivationMode.F32: FloatRows(task, begin, end, worker); break;
            case var rounded when IsDirect(task): DirectRows(task, rounded == ActivationMode.Q8 ? directBytes! : directWords!, begin, end); break;
            case var rounded when InBlocks(task): BlockRows(task, rounded == ActivationMode.Q8 ? byteBlocks! : wordBlocks!, begin, end, worker); break;
            case var rounded when tokens >= PanelTokens && PanelKernel.IsSupported: PanelRows(task, rounded, begin, end, worker); break;
            case ActivationMode.Q8: CodeRows(task, codes!, begin, end, worker); break;
            default: CodeRows(task, words!, begin, end, worker); break;
        }
    }

    private void FloatRows(in LinearTask task, int begin, int end, int worker)
    {
        WeightMatrix weight = task.Weight;
        if (!IsExact(weight) && RowCode.Serves(weight))
        {
            StoredRows(task, begin, end);
            return;
        }

        int columns = weight.Columns;
        bool stored = weight.Type == ElementType.F32, exact = IsExact(weight);
        float* scratch = (float*)pool!.Scratch(worker, ((long)FloatKernel.TileRows * (columns + tokens) + 16) * sizeof(float));
        float* results = scratch + ((nint)FloatKernel.TileRows * columns);
        float** rows = stackalloc float*[FloatKernel.TileRows];
        for (int r = begin; r < end; r += FloatKernel.TileRows)
        {
            int count = Math.Min(FloatKernel.TileRows, end - r);
            for (int i = 0; i < count; i++)
            {
                if (stored)
                {
                    rows[i] = (float*)weight.Row(r + i);
                    continue;
                }

                rows[i] = scratch + ((nint)i * columns);
                Dequantizer.ToFloat(weight.Type, weight.Row(r + i), rows[i], columns);
            }

            if (exact) FloatKernel.MultiplyExact(rows, count, input!.Values, columns, tokens, results);
            else FloatKernel.Multiply(rows, count, input!.Values, columns, tokens, results);
            for (int t = 0; t < tokens; t++) Store(task, r, t, results + (t * FloatKernel.TileRows), count);
        }
    }

    private void StoredRows(in LinearTask task, int begin, int end)
    {
        float* products = stackalloc float[RowCode.Rows * RowCode.MostTokens];
        for (int r = begin; r < end; r += RowCode.Rows)
        {
            // The last rows of a weight go with some that were done before.
            int first = Math.Min(r, task.Weight.Rows - RowCode.Rows), skip = r - first;
            for (int token = 0; token < tokens; token += RowCode.MostTokens)
            {
                int count = Math.Min(RowCode.MostTokens, tokens - token);
                RowCode.Multiply(task.Weight, first, input!.Values + ((nint)token * task.Weight.Columns), count, products, MemoryOrder.Streams > 1);
                for (int t = 0; t < count; t++) Store(task, r, token + t, products + (t * RowCode.Rows) + skip, Math.Min(RowCode.Rows - skip, end - r));
            }
        }
    }

    private void PanelRows(in LinearTask task, ActivationMode rounded, int begin, int end, int worker)
    {
        int width = PanelKernel.Width, panels = (end - begin + width - 1) / width, columns = task.Weight.Columns;
        int bytes = (PanelBuilder.ScratchBytes(width) + 63) / 64 * 64;
        byte* scratch = pool!.Scratch(worker, (long)panels * bytes);
        Panel* built = stackalloc Panel[panels];
        for (int column = 0; column < columns; column += Panel.MostColumns)
        {
            int wide = Math.Min(Panel.MostColumns, columns - column);
            for (int p = 0; p < panels; p++) built[p] = PanelBuilder.Build(task.Weight, begin + (p * width), column, wide, width, scratch + ((nint)p * bytes));
            for (int t = 0; t < tokens; t += TokenBlock)
            {
                for (int p = 0; p < panels; p++)
                {
                    PanelOutput output = Output(task, width, begin + (p * width), end, t, column);
                    int count = Math.Min(TokenBlock, tokens - t);
                    if (rounded == ActivationMode.Q8) PanelKernel.Multiply(built[p], codes!, column, t, count, output);
                    else PanelKernel.Multiply(built[p], words!, column, t, count, output);
                }
            }
        }
    }

    private void DirectRows(in LinearTask task, ActivationBlocks blocks, int begin, int end)
    {
        int row = begin;
        if (tokens == 1 && task.Bias is null)
        {
            for (int panels = MemoryOrder.Streams; panels > 1; panels /= 2)
            {
                int apart = (end - row) / (PackedFormat.Rows * panels), first = row / PackedFormat.Rows;
                for (int p = 0; p < apart; p++, row += PackedFormat.Rows) PackedKernel.MultiplySideBySide(task.Weight.Packed!, first + p, panels, apart, task.Weight.Columns, blocks, Output(task, PackedFormat.Rows, row, end, 0, 0));
                row = (first + (apart * panels)) * PackedFormat.Rows;
            }
        }

        for (; row < end; row += PackedFormat.Rows) PackedKernel.Multiply(task.Weight.Packed!, row / PackedFormat.Rows, task.Weight.Columns, blocks, tokens, Output(task, PackedFormat.Rows, row, end, 0, 0));
    }

    private void BlockRows(in LinearTask task, ActivationBlocks blocks, int begin, int end, int worker)
    {
        const int Height = BlockKernel.Width;
        int columns = task.Weight.Columns, bytes = task.Weight.Packed is null ? (PanelBuilder.ScratchBytes(Height) + 63) / 64 * 64 : PackedKernel.ScratchBytes;
        byte* scratch = pool!.Scratch(worker, 2L * bytes);
        for (int column = 0; column < columns; column += BlockKernel.MostColumns)
        {
            int wide = Math.Min(BlockKernel.MostColumns, columns - column);
            for (int row = begin; row < end; row += Height)
            {
                Panel panel = PackedKernel.Panel(task.Weight, row, column, wide, scratch);
                PanelOutput output = Output(task, Height, row, end, 0, column);
                if (output.Bias is null && row + (2 * Height) <= end) BlockKernel.MultiplyPair(panel, PackedKernel.Panel(task.Weight, row += Height, column, wide, scratch + bytes), blocks, column, tokens, output);
                else BlockKernel.Multiply(panel, blocks, column, tokens, output);
            }
        }
    }

    /// <summary>Where a panel's results go.</summary>
    private static PanelOutput Output(in LinearTask task, int width, int row, int end, int token, int column) => new()
    {
        Output = task.Output + (token * task.OutputStride) + row, Stride = task.OutputStride, Rows = Math.Min(width, end - row), Scale = task.Scale,
        Bias = column == 0 && task.Bias is not null ? task.Bias + row : null, Accumulate = column > 0 || task.Accumulate,
    };

    private void CodeRows<TRow>(in LinearTask task, IActivationForm<TRow> form, int begin, int end, int worker) where TRow : struct, IActivationRow
    {
        WeightMatrix weight = task.Weight;
        delegate*<byte*, int, TRow, float> fused = RowDot.Fused<TRow>(weight.Type);
        if (fused is null)
        {
            byte* scratch = pool!.Scratch(worker, RowDot.ScratchBytes(weight.Columns) + ((long)tokens * sizeof(float)) + 64);
            float* results = (float*)scratch;
            byte* rest = scratch + ((((long)tokens * sizeof(float)) + 63) / 64 * 64);
            for (int r = begin; r < end; r++)
            {
                RowDot.Decoded(weight, r, form, tokens, results, rest);
                for (int t = 0; t < tokens; t++) Store(task, r, t, results + t, 1);
            }

            return;
        }

        for (int r = begin; r < end; r++)
        {
            byte* row = weight.Row(r);
            for (int t = 0; t < tokens; t++)
            {
                float product = fused(row, weight.Columns, form.Row(t));
                Store(task, r, t, &product, 1);
            }
        }
    }

    private static void Store(in LinearTask task, int row, int token, float* products, int count)
    {
        float* y = task.Output + (token * task.OutputStride) + row;
        for (int i = 0; i < count; i++)
            y[i] = (task.Accumulate ? y[i] : 0) + (products[i] * task.Scale) + (task.Bias is null ? 0 : task.Bias[row + i]);
    }
}
