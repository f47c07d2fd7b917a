using Candor.Tensors;

namespace Candor.Kernels.Gemms;

/// <summary>
/// Cuts a product into a grid of parts that share nothing: a thread packs what its part needs into its own memory. Two cores hand memory
/// over more slowly than one of them packs it again.
/// </summary>
internal sealed unsafe class GemmTasks<TKernel>(WorkerPool pool) : IParallelBody where TKernel : struct, IGemmKernel
{
    // Panels of a part above which it is cut again, so that no thread waits long for another.
    private const int WidePanels = 64;

    private MatrixView a, c;
    private RightMatrix b;
    private LowRankTerm term;
    private float alpha;
    private bool add;
    private int tiles, panels, bands, stretches;

    /// <summary>Takes a product; returns how many parts it has.</summary>
    public int Set(MatrixView left, in RightMatrix right, in LowRankTerm joins, MatrixView result, float factor, bool keep)
    {
        (a, b, term, c, alpha, add) = (left, right, joins, result, factor, keep);
        (tiles, panels) = (GemmBlocks<TKernel>.Tiles(a.Rows), GemmBlocks<TKernel>.Panels(c.Columns));
        double least = double.MaxValue;
        for (int count = 1; count <= pool.Threads; count++)
        {
            int others = Math.Max(1, pool.Threads / count);
            double cost = Cost(count, others);
            if (cost >= least) continue;
            (least, bands, stretches) = (cost, count, others);
        }

        stretches *= Math.Max(1, panels / stretches / WidePanels);
        (bands, stretches) = (Math.Min(bands, tiles), Math.Min(stretches, panels));
        return bands * stretches;
    }

    /// <summary>A stored weight is an object, which should not live on for this.</summary>
    public void Forget() => b = default;

    public void Execute(int begin, int end, int worker)
    {
        int most = (tiles + bands - 1) / bands * TKernel.Rows;
        bool direct = LeftCopy<TKernel>.Serves(a, most) && (term.Rank == 0 || LeftCopy<TKernel>.Serves(term.Left, most));
        long first = direct ? LeftCopy<TKernel>.Floats(a, most) : 0, second = direct && term.Rank > 0 ? LeftCopy<TKernel>.Floats(term.Left, most) : 0;
        long floats = GemmBlocks<TKernel>.ScratchFloats(a.Columns, c.Columns) + b.ScratchFloats<TKernel>(a.Columns);
        float* copy = (float*)pool.Scratch(worker, (first + second + floats) * sizeof(float)), scratch = copy + first + second;
        for (int i = begin; i < end; i++)
        {
            int band = i / stretches, stretch = i % stretches;
            (int First, int Last) rows = (Cut(tiles, band, bands), Cut(tiles, band + 1, bands));
            MatrixView left = a;
            LowRankTerm joins = term;
            if (direct)
            {
                (int, int) range = (rows.First * TKernel.Rows, Math.Min(rows.Last * TKernel.Rows, a.Rows));
                left = LeftCopy<TKernel>.Of(a, range, copy);
                if (term.Rank > 0) joins = term with { Left = LeftCopy<TKernel>.Of(term.Left, range, copy + first) };
            }

            GemmBlocks<TKernel>.Multiply(left, b, joins, c, rows, (Cut(panels, stretch, stretches), Cut(panels, stretch + 1, stretches)), alpha, add, scratch, direct);
        }
    }

    /// <summary>What a part costs for each step of the sum, in about the time of a vector's multiplication: its tiles, and packing.</summary>
    private double Cost(int rows, int columns)
    {
        double height = (tiles + rows - 1) / rows * TKernel.Rows, width = (panels + columns - 1) / columns * TKernel.Columns;
        return (height * width / 16) + height + (width * b.PackCost);
    }

    private static int Cut(int count, int part, int parts) => (int)((long)count * part / parts);
}
