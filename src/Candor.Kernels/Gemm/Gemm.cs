using System.Runtime.Intrinsics;
using Candor.Kernels.Gemms;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>Products of float32 matrices on a pool of threads, for training. One product at a time; its memory is kept for the next.</summary>
public sealed unsafe class Gemm(WorkerPool pool) : IDisposable
{
    private readonly Job job = new();
    private NativeBuffer? packed;

    private enum Phase
    {
        Pack,
        Multiply,
    }

    /// <summary>Whether the 512-bit kernel is used.</summary>
    private static bool Wide => Vector512.IsHardwareAccelerated;

    /// <summary>c = alpha · a · b, or that is added to c.</summary>
    /// <param name="a">[rows, depth].</param>
    /// <param name="b">[depth, columns].</param>
    /// <param name="c">[rows, columns]; its columns lie side by side, and it overlaps neither a nor b.</param>
    /// <param name="alpha">Factor on the product.</param>
    /// <param name="add">Whether what is in c stays.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public void Multiply(MatrixView a, MatrixView b, MatrixView c, float alpha = 1, bool add = false)
    {
        Check(a, b.Rows, b.Columns, c);
        if (c.Rows == 0 || c.Columns == 0) return;
        if (Wide) Run<Avx512Kernel>(a, b, c, alpha, add);
        else if (Vector256.IsHardwareAccelerated) Run<Avx2Kernel>(a, b, c, alpha, add);
        else Run<ScalarKernel>(a, b, c, alpha, add);
    }

    /// <summary>The same with a weight as it is stored; it becomes floats on its way into the packed panels and nowhere else.</summary>
    /// <inheritdoc cref="Multiply(MatrixView, MatrixView, MatrixView, float, bool)"/>
    public void Multiply(MatrixView a, StoredView b, MatrixView c, float alpha = 1, bool add = false)
    {
        if (b.Weight.Type == ElementType.F32)
        {
            var floats = new MatrixView((float*)b.Weight.Data, b.Weight.Rows, b.Weight.Columns);
            Multiply(a, b.IsTransposed ? floats.Transposed : floats, c, alpha, add);
            return;
        }

        Check(a, b.Rows, b.Columns, c);
        if (c.Rows == 0 || c.Columns == 0) return;
        if (Wide) Run<Avx512Kernel>(a, b, c, alpha, add);
        else if (Vector256.IsHardwareAccelerated) Run<Avx2Kernel>(a, b, c, alpha, add);
        else Run<ScalarKernel>(a, b, c, alpha, add);
    }

    /// <inheritdoc/>
    public void Dispose() => packed?.Dispose();

    /// <summary>Floats of memory that <see cref="MultiplyHere"/> needs.</summary>
    public static long ScratchFloats(int depth, int columns) =>
        Wide ? Scratch<Avx512Kernel>(depth, columns) : Vector256.IsHardwareAccelerated ? Scratch<Avx2Kernel>(depth, columns) : Scratch<ScalarKernel>(depth, columns);

    /// <summary>A product on the calling thread alone: for the small matrices inside attention.</summary>
    /// <inheritdoc cref="Multiply(MatrixView, MatrixView, MatrixView, float, bool)"/>
    /// <param name="scratch">Memory for <see cref="ScratchFloats"/> of b's shape.</param>
    public static void MultiplyHere(MatrixView a, MatrixView b, MatrixView c, float* scratch, float alpha = 1, bool add = false)
    {
        Check(a, b.Rows, b.Columns, c);
        if (c.Rows == 0 || c.Columns == 0) return;
        if (Wide) Here<Avx512Kernel>(a, b, c, scratch, alpha, add);
        else if (Vector256.IsHardwareAccelerated) Here<Avx2Kernel>(a, b, c, scratch, alpha, add);
        else Here<ScalarKernel>(a, b, c, scratch, alpha, add);
    }

    /// <summary>The same with a kernel of choice, for tests.</summary>
    internal void Run<TKernel>(MatrixView a, MatrixView b, MatrixView c, float alpha, bool add) where TKernel : struct, IGemmKernel
    {
        Tasks<TKernel> tasks = job.For<TKernel>(pool);
        tasks.Set(b);
        Run(tasks, a, c, alpha, add, 1);
    }

    /// <summary>The same with a kernel of choice, for tests.</summary>
    internal void Run<TKernel>(MatrixView a, StoredView b, MatrixView c, float alpha, bool add) where TKernel : struct, IGemmKernel
    {
        Tasks<TKernel> tasks = job.For<TKernel>(pool);
        tasks.Set(b);
        Run(tasks, a, c, alpha, add, StoredPanels<TKernel>.Group(b));
        tasks.Set(default(MatrixView));
    }

    private void Run<TKernel>(Tasks<TKernel> tasks, MatrixView a, MatrixView c, float alpha, bool add, int group) where TKernel : struct, IGemmKernel
    {
        long floats = GemmBlocks<TKernel>.PackedColumns(a.Columns, c.Columns);
        if (packed is null || packed.Length < floats * sizeof(float))
        {
            packed?.Dispose();
            packed = new NativeBuffer(floats * sizeof(float));
        }

        int panels = GemmBlocks<TKernel>.Round(c.Columns) / TKernel.Columns, blocks = (a.Rows + GemmBlocks<TKernel>.BlockRows - 1) / GemmBlocks<TKernel>.BlockRows;

        // Several tasks a thread, so that none waits long for the last: columns are cut where there are few rows.
        int parts = Math.Clamp(4 * pool.Threads / blocks, 1, Math.Max(1, panels / 4));
        int width = (panels + parts - 1) / parts, groups = (panels + group - 1) / group;
        parts = (panels + width - 1) / width;
        tasks.Set(a, c, (float*)packed.Pointer, alpha, add, parts, width, panels);
        tasks.Phase = Phase.Pack;
        pool.Run(groups, Math.Max(1, groups / (4 * pool.Threads)), tasks);
        tasks.Phase = Phase.Multiply;
        pool.Run(blocks * parts, 1, tasks);
    }

    private static long Scratch<TKernel>(int depth, int columns) where TKernel : struct, IGemmKernel =>
        GemmBlocks<TKernel>.PackedColumns(depth, columns) + GemmBlocks<TKernel>.BlockFloats;

    private static void Here<TKernel>(MatrixView a, MatrixView b, MatrixView c, float* scratch, float alpha, bool add) where TKernel : struct, IGemmKernel
    {
        int panels = GemmBlocks<TKernel>.Round(b.Columns) / TKernel.Columns;
        float* packed = scratch + GemmBlocks<TKernel>.BlockFloats;
        GemmBlocks<TKernel>.PackPanels(b, 0, panels, packed);
        GemmBlocks<TKernel>.Multiply(a, packed, c, (0, a.Rows), (0, panels), alpha, add, scratch);
    }

    private static void Check(MatrixView a, int rows, int columns, MatrixView c)
    {
        if (a.Columns != rows || c.Rows != a.Rows || c.Columns != columns || c.ColumnStride != 1)
            throw new ArgumentException($"[{a.Rows}, {a.Columns}] times [{rows}, {columns}] does not give [{c.Rows}, {c.Columns}]");
    }

    /// <summary>Keeps the object that the pool runs, so that a product allocates nothing.</summary>
    private sealed class Job
    {
        private object? tasks;

        public Tasks<TKernel> For<TKernel>(WorkerPool pool) where TKernel : struct, IGemmKernel
        {
            if (tasks is Tasks<TKernel> made) return made;
            var fresh = new Tasks<TKernel>(pool);
            tasks = fresh;
            return fresh;
        }
    }

    private sealed class Tasks<TKernel>(WorkerPool pool) : IParallelBody where TKernel : struct, IGemmKernel
    {
        private MatrixView a, b, c;
        private StoredView stored;
        private float* packed;
        private float alpha;
        private bool add;
        private int parts, width, panels;

        public Phase Phase { get; set; }

        public void Set(MatrixView right) => (b, stored) = (right, default);

        public void Set(StoredView right) => stored = right;

        public void Set(MatrixView left, MatrixView result, float* memory, float factor, bool keep, int columnParts, int partWidth, int panelCount)
        {
            packed = memory;
            (a, c, alpha, add, parts, width, panels) = (left, result, factor, keep, columnParts, partWidth, panelCount);
        }

        public void Execute(int begin, int end, int worker)
        {
            if (Phase == Phase.Pack)
            {
                if (stored.Weight is null) GemmBlocks<TKernel>.PackPanels(b, begin, end, packed);
                else StoredPanels<TKernel>.Pack(stored, begin, end, packed, (float*)pool.Scratch(worker, StoredPanels<TKernel>.ScratchFloats(stored) * sizeof(float)));
                return;
            }

            float* block = (float*)pool.Scratch(worker, GemmBlocks<TKernel>.BlockFloats * sizeof(float));
            for (int i = begin; i < end; i++)
            {
                int row = i / parts * GemmBlocks<TKernel>.BlockRows, panel = i % parts * width;
                GemmBlocks<TKernel>.Multiply(
                    a, packed, c, (row, Math.Min(row + GemmBlocks<TKernel>.BlockRows, a.Rows)), (panel, Math.Min(panel + width, panels)), alpha, add, block);
            }
        }
    }
}
