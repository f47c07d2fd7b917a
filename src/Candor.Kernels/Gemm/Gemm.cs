using System.Runtime.Intrinsics;
using Candor.Kernels.Gemms;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>Products of float32 matrices on a pool of threads, for training. One product at a time; its memory is the pool's.</summary>
public sealed unsafe class Gemm(WorkerPool pool)
{
    private readonly Job job = new();

    /// <summary>In what numbers <see cref="Multiply(MatrixView, MatrixView, MatrixView, float, bool, LowRankTerm)"/> multiplies. Default float32.</summary>
    public ProductPrecision Precision { get; set; }

    /// <summary>Whether the assembled kernel of 512 bits is used.</summary>
    private static bool WideCode => AssembledKernel.IsSupported;

    /// <summary>Whether its twin without assembled code is.</summary>
    private static bool Wide => !WideCode && Vector512.IsHardwareAccelerated;

    /// <summary>c = alpha · a · b, or that is added to c.</summary>
    /// <param name="a">[rows, depth].</param>
    /// <param name="b">[depth, columns].</param>
    /// <param name="c">[rows, columns]; its columns lie side by side, and it overlaps neither a nor b.</param>
    /// <param name="alpha">Factor on the product.</param>
    /// <param name="add">Whether what is in c stays.</param>
    /// <param name="term">A product that is added to a · b; none by default.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public void Multiply(MatrixView a, MatrixView b, MatrixView c, float alpha = 1, bool add = false, LowRankTerm term = default) => Multiply(a, new RightMatrix(b), c, alpha, add, term);

    /// <summary>The same with a weight as it is stored; it becomes floats on its way into the packed panels and nowhere else.</summary>
    /// <inheritdoc cref="Multiply(MatrixView, MatrixView, MatrixView, float, bool, LowRankTerm)"/>
    public void Multiply(MatrixView a, StoredView b, MatrixView c, float alpha = 1, bool add = false, LowRankTerm term = default)
    {
        if (b.Weight.Type != ElementType.F32)
        {
            Multiply(a, new RightMatrix(b), c, alpha, add, term);
            return;
        }

        var floats = new MatrixView((float*)b.Weight.Data, b.Weight.Rows, b.Weight.Columns);
        Multiply(a, b.IsTransposed ? floats.Transposed : floats, c, alpha, add, term);
    }

    private void Multiply(MatrixView a, RightMatrix b, MatrixView c, float alpha, bool add, LowRankTerm term)
    {
        Check(a, b.Rows, b.Columns, c);
        if (term.Rank > 0) Check(term.Left, term.Right.Rows, term.Right.Columns, c);
        if (c.Rows == 0 || c.Columns == 0) return;
        if (term.Rank > (a.Columns == 0 ? 0 : GemmBlocks<ScalarKernel>.MostRank))
        {
            Multiply(a, b, c, alpha, add, default);
            Multiply(term.Left, term.Right, c, alpha, add: true);
            return;
        }

        if (IsEmpty(a, c, add)) return;

        if (Precision == ProductPrecision.SplitBFloat16 && MatrixTileKernel.IsSupported && term.Rank == 0 && LeftCopy<SplitTileKernel>.Serves(a, a.Rows))
        {
            Run<SplitTileKernel>(a, b, c, alpha, add, term);
            return;
        }

        bool narrow = c.Columns <= Avx512NarrowKernel.Columns, pairs = Precision == ProductPrecision.BFloat16 && BFloat16Kernel.IsSupported;
        if (pairs && MatrixTileKernel.IsSupported && narrow) Run<MatrixTileNarrowKernel>(a, b, c, alpha, add, term);
        else if (pairs && MatrixTileKernel.IsSupported) Run<MatrixTileKernel>(a, b, c, alpha, add, term);
        else if (pairs && narrow) Run<BFloat16NarrowKernel>(a, b, c, alpha, add, term);
        else if (pairs) Run<BFloat16Kernel>(a, b, c, alpha, add, term);
        else if (Wide && narrow) RunFloats<Avx512NarrowKernel>(a, b, c, alpha, add, term);
        else if (Wide) RunFloats<Avx512Kernel>(a, b, c, alpha, add, term);
        else if (WideCode && narrow) RunFloats<AssembledNarrowKernel>(a, b, c, alpha, add, term);
        else if (WideCode) RunFloats<AssembledKernel>(a, b, c, alpha, add, term);
        else if (Vector256.IsHardwareAccelerated) RunFloats<Avx2Kernel>(a, b, c, alpha, add, term);
        else RunFloats<ScalarKernel>(a, b, c, alpha, add, term);
    }

    /// <summary>A product by a kernel of floats, which are rounded first where that is the precision.</summary>
    private void RunFloats<TKernel>(MatrixView a, RightMatrix b, MatrixView c, float alpha, bool add, LowRankTerm term) where TKernel : struct, IGemmKernel
    {
        if (Precision == ProductPrecision.BFloat16) Run<Rounded<TKernel>>(a, b, c, alpha, add, term);
        else Run<TKernel>(a, b, c, alpha, add, term);
    }

    /// <summary>Floats of memory that <see cref="MultiplyHere"/> needs.</summary>
    public static long ScratchFloats(int depth, int columns) =>
        Wide || WideCode ? GemmBlocks<Avx512Kernel>.ScratchFloats(depth, columns) : Vector256.IsHardwareAccelerated ? GemmBlocks<Avx2Kernel>.ScratchFloats(depth, columns) : GemmBlocks<ScalarKernel>.ScratchFloats(depth, columns);

    /// <summary>A product on the calling thread alone: for the small matrices inside attention.</summary>
    /// <inheritdoc cref="Multiply(MatrixView, MatrixView, MatrixView, float, bool, LowRankTerm)"/>
    /// <param name="scratch">Memory for <see cref="ScratchFloats"/> of b's shape.</param>
    public static void MultiplyHere(MatrixView a, MatrixView b, MatrixView c, float* scratch, float alpha = 1, bool add = false)
    {
        Check(a, b.Rows, b.Columns, c);
        if (c.Rows == 0 || c.Columns == 0 || IsEmpty(a, c, add)) return;
        if (Wide) Here<Avx512Kernel>(a, b, c, scratch, alpha, add);
        else if (WideCode) Here<AssembledKernel>(a, b, c, scratch, alpha, add);
        else if (Vector256.IsHardwareAccelerated) Here<Avx2Kernel>(a, b, c, scratch, alpha, add);
        else Here<ScalarKernel>(a, b, c, scratch, alpha, add);
    }

    /// <summary>Columns of a panel for <see cref="MultiplyPanels"/>: 16 or 32.</summary>
    internal static int PanelColumns => Wide || WideCode ? Avx512Kernel.Columns : Vector256.IsHardwareAccelerated ? Avx2Kernel.Columns : ScalarKernel.Columns;

    /// <summary>Floats of memory that <see cref="MultiplyPanels"/> needs.</summary>
    internal static long LeftFloats(int depth) =>
        Wide || WideCode ? GemmBlocks<Avx512Kernel>.LeftFloats(depth) : Vector256.IsHardwareAccelerated ? GemmBlocks<Avx2Kernel>.LeftFloats(depth) : GemmBlocks<ScalarKernel>.LeftFloats(depth);

    /// <summary>A product on the calling thread alone with a right matrix that lies in panels already, [panels, depth, <see cref="PanelColumns"/>].</summary>
    /// <param name="a">[rows, depth].</param>
    /// <param name="panels">The first panel.</param>
    /// <param name="distance">Floats from one panel to the next.</param>
    /// <param name="c">[rows, columns]; its columns lie side by side.</param>
    /// <param name="scratch">Memory for <see cref="LeftFloats"/> of the depth.</param>
    /// <param name="add">Whether what is in c stays.</param>
    internal static void MultiplyPanels(MatrixView a, float* panels, nint distance, MatrixView c, float* scratch, bool add = false)
    {
        if (Wide) GemmBlocks<Avx512Kernel>.MultiplyPanels(a, panels, distance, c, add, scratch);
        else if (WideCode) GemmBlocks<AssembledKernel>.MultiplyPanels(a, panels, distance, c, add, scratch);
        else if (Vector256.IsHardwareAccelerated) GemmBlocks<Avx2Kernel>.MultiplyPanels(a, panels, distance, c, add, scratch);
        else GemmBlocks<ScalarKernel>.MultiplyPanels(a, panels, distance, c, add, scratch);
    }

    /// <summary>A product by a kernel of choice.</summary>
    internal void Run<TKernel>(MatrixView a, RightMatrix b, MatrixView c, float alpha, bool add, LowRankTerm term = default) where TKernel : struct, IGemmKernel
    {
        GemmTasks<TKernel> tasks = job.For<TKernel>(pool);
        pool.Run(tasks.Set(a, b, term, c, alpha, add), 1, tasks);
        tasks.Forget();
    }

    private static void Here<TKernel>(MatrixView a, MatrixView b, MatrixView c, float* scratch, float alpha, bool add) where TKernel : struct, IGemmKernel =>
        GemmBlocks<TKernel>.Multiply(a, new RightMatrix(b), default, c, (0, GemmBlocks<TKernel>.Tiles(a.Rows)), (0, GemmBlocks<TKernel>.Panels(b.Columns)), alpha, add, scratch, GemmBlocks<TKernel>.ReadsWhereItLies(a));

    /// <summary>Whether there is nothing to sum up: the result is zero then, or stays.</summary>
    private static bool IsEmpty(MatrixView a, MatrixView c, bool add)
    {
        if (a.Columns > 0) return false;
        if (!add) c.Clear();
        return true;
    }

    private static void Check(MatrixView a, int rows, int columns, MatrixView c)
    {
        if (a.Columns != rows || c.Rows != a.Rows || c.Columns != columns || c.ColumnStride != 1)
            throw new ArgumentException($"[{a.Rows}, {a.Columns}] times [{rows}, {columns}] does not give [{c.Rows}, {c.Columns}]");
    }

    /// <summary>Keeps the objects that the pool runs, one for each kernel, so that a product allocates nothing.</summary>
    private sealed class Job
    {
        private readonly List<object> made = [];

        public GemmTasks<TKernel> For<TKernel>(WorkerPool pool) where TKernel : struct, IGemmKernel
        {
            foreach (object tasks in made)
                if (tasks is GemmTasks<TKernel> known) return known;
            var fresh = new GemmTasks<TKernel>(pool);
            made.Add(fresh);
            return fresh;
        }
    }
}
