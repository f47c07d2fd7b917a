using System.Numerics.Tensors;

namespace Candor.Kernels.Gemms;

/// <summary>
/// Packing and blocking around a kernel, after Goto and van de Geijn (Anatomy of High-Performance Matrix Multiplication, 2008): a block of
/// either matrix is packed into memory of the thread's own, which stays in the second-level cache, and its tiles go through the first.
/// </summary>
internal static unsafe class GemmBlocks<TKernel> where TKernel : struct, IGemmKernel
{
    // Cells of a block of the right matrix, which stays in the second-level cache.
    private const int BlockCells = 256 * 512;

    // Rows of a left matrix that is not packed, and stays in the second-level cache.
    private const int RowsTogether = 96;

    /// <summary>The highest rank of a term that joins a product.</summary>
    public const int MostRank = 64;

    // Numbers in a block of a stored type.
    private const int WideBlock = 256, NarrowBlock = 32;

    // Cells along the sum in a block.
    private static int Depth => TKernel.CellsOfBlock;

    /// <summary>Steps of the sum in a cell.</summary>
    public static int StepsOfCell => TKernel.Packing is Packing.Pairs or Packing.SplitPairs ? 2 : 1;

    /// <summary>Steps of the sum that are packed for all panels before the next ones: a whole number of squares.</summary>
    public static int ChunkSteps => PairSquares.Side * StepsOfCell;

    // How often each step occurs.
    private static int Parts => TKernel.Packing == Packing.SplitPairs ? SplitSquares.Parts : 1;

    // Tiles along the rows of a block of the left matrix, and panels of a block of the right one.
    private static int BlockTiles => 96 / TKernel.Rows;

    private static int BlockPanels => BlockCells / Depth / TKernel.Columns;

    /// <summary>Cells along a sum.</summary>
    public static int Cells(int steps)
    {
        int together = StepsOfCell * TKernel.CellsTogether;
        return (steps + together - 1) / together * TKernel.CellsTogether * Parts;
    }

    /// <summary>Cells before a step, which is the first of those that are packed together.</summary>
    public static int CellsBefore(int step) => step / StepsOfCell * Parts;

    /// <summary>Tiles along the rows of a left matrix.</summary>
    public static int Tiles(int rows) => (rows + TKernel.Rows - 1) / TKernel.Rows;

    /// <summary>Panels of a right matrix.</summary>
    public static int Panels(int columns) => (columns + TKernel.Columns - 1) / TKernel.Columns;

    /// <summary>Floats of memory that <see cref="Multiply"/> needs beside what the right matrix needs to be packed.</summary>
    public static long ScratchFloats(int depth, int columns) =>
        BlockDepth(depth) * ((BlockTiles * TKernel.Rows) + (Math.Min(Panels(columns), BlockPanels) * (long)TKernel.Columns));

    /// <summary>Packs panels of some steps of the right matrix.</summary>
    /// <param name="b">The right matrix.</param>
    /// <param name="panels">First panel and the end of them.</param>
    /// <param name="steps">First step of the sum, and how many.</param>
    /// <param name="packed">Where the first of them goes.</param>
    /// <param name="distance">Cells from one to the next.</param>
    public static void PackPanels(MatrixView b, (int First, int Last) panels, (int First, int Count) steps, float* packed, nint distance) =>
        Pack(b, TKernel.Columns, panels, steps, packed, distance);

    /// <summary>Multiplies a range of rows with a range of columns.</summary>
    /// <param name="a">The left matrix.</param>
    /// <param name="b">The right matrix.</param>
    /// <param name="c">The result; its columns lie side by side.</param>
    /// <param name="tiles">First tile of rows and the end of them.</param>
    /// <param name="panels">First panel of columns and the end of them.</param>
    /// <param name="alpha">Factor on the product.</param>
    /// <param name="add">Whether what is in c stays.</param>
    /// <param name="term">What joins the product.</param>
    /// <param name="scratch">Memory for <see cref="ScratchFloats"/> of these columns, and after that for what b needs.</param>
    /// <param name="direct">Whether the kernel reads the left matrix, and the term's, where they lie, in rows of cells.</param>
    public static void Multiply(MatrixView a, in RightMatrix b, in LowRankTerm term, MatrixView c, (int First, int Last) tiles, (int First, int Last) panels, float alpha, bool add, float* scratch, bool direct)
    {
        int depth = a.Columns, most = Depth / Parts * StepsOfCell, blocks = (depth + most - 1) / most;

        // Equal blocks are better than a short one at the end. Blocks of stored types stay whole, of 32 or of 256 numbers; floats are cut the
        // same way, so that a weight gives the same sums whichever way it is stored.
        int unit = depth % WideBlock == 0 ? WideBlock : NarrowBlock, deep = Math.Min(most, (depth + (blocks * unit) - 1) / (blocks * unit) * unit);
        float* right = scratch + ((nint)BlockTiles * TKernel.Rows * BlockDepth(depth)), more = scratch + ScratchFloats(depth, (panels.Last - panels.First) * TKernel.Columns);
        for (int panel = panels.First; panel < panels.Last; panel += BlockPanels)
            for (int step = 0; step < depth; step += deep)
            {
                (int First, int Last) columns = (panel, Math.Min(panel + BlockPanels, panels.Last));
                (int First, int Count) steps = (step, Math.Min(deep, depth - step));
                int cells = Cells(steps.Count), joined = step + deep >= depth ? Cells(term.Rank) : 0;
                b.Pack<TKernel>(columns, steps, right, (nint)(cells + joined) * TKernel.Columns, more);
                if (joined > 0) PackPanels(term.Right, columns, (0, term.Rank), right + ((nint)cells * TKernel.Columns), (nint)(cells + joined) * TKernel.Columns);
                Ahead ahead = step + deep < depth ? b.Ahead(columns, TKernel.Columns, (step + deep, Math.Min(deep, depth - step - deep)))
                    : columns.Last < panels.Last ? b.Ahead((columns.Last, Math.Min(columns.Last + BlockPanels, panels.Last)), TKernel.Columns, (0, Math.Min(deep, depth))) : default;
                if (direct)
                {
                    Rows(a, steps, joined > 0 ? term : default, right, (nint)(cells + joined) * TKernel.Columns, c, tiles, columns, alpha, add || step > 0, ahead);
                    continue;
                }

                ahead.DealOut((long)(tiles.Last - tiles.First) * (columns.Last - columns.First));
                for (int tile = tiles.First; tile < tiles.Last; tile += BlockTiles)
                {
                    (int, int) rows = (tile, Math.Min(tile + BlockTiles, tiles.Last));
                    Pack(a.Transposed, TKernel.Rows, rows, steps, scratch, (nint)(cells + joined) * TKernel.Rows);
                    if (joined > 0) Pack(term.Left.Transposed, TKernel.Rows, rows, (0, term.Rank), scratch + ((nint)cells * TKernel.Rows), (nint)(cells + joined) * TKernel.Rows);
                    Block(scratch, right, (nint)(cells + joined) * TKernel.Columns, c, cells + joined, rows, columns, alpha, add || step > 0, ref ahead);
                }
            }
    }

    /// <summary>Multiplies with panels that lie packed already, along the whole sum.</summary>
    /// <param name="a">The left matrix.</param>
    /// <param name="panels">The panels of all columns of c.</param>
    /// <param name="distance">Floats from one to the next.</param>
    /// <param name="c">The result; its columns lie side by side.</param>
    /// <param name="add">Whether what is in c stays.</param>
    /// <param name="scratch">Memory for <see cref="LeftFloats"/> of a's columns.</param>
    public static void MultiplyPanels(MatrixView a, float* panels, nint distance, MatrixView c, bool add, float* scratch)
    {
        (int First, int Last) tiles = (0, Tiles(a.Rows)), columns = (0, Panels(c.Columns));
        Ahead nothing = default;
        if (ReadsWhereItLies(a))
        {
            Rows(a, (0, a.Columns), default, panels, distance, c, tiles, columns, 1, add, nothing);
            return;
        }

        for (int tile = 0; tile < tiles.Last; tile += BlockTiles)
        {
            (int, int) rows = (tile, Math.Min(tile + BlockTiles, tiles.Last));
            Pack(a.Transposed, TKernel.Rows, rows, (0, a.Columns), scratch, (nint)Cells(a.Columns) * TKernel.Rows);
            Block(scratch, panels, distance, c, Cells(a.Columns), rows, columns, 1, add, ref nothing);
        }
    }

    /// <summary>Whether the kernel can read a left matrix of floats as it is.</summary>
    public static bool ReadsWhereItLies(MatrixView a) => TKernel.Packing == Packing.Floats && TKernel.RowsAtOnce != 0 && LeftRows.Suits(a);

    /// <summary>Floats of memory that <see cref="MultiplyPanels"/> needs.</summary>
    public static long LeftFloats(int depth) => (long)Cells(depth) * BlockTiles * TKernel.Rows;

    /// <summary>Cells along the sum that a block has room for, with those of a term.</summary>
    private static int BlockDepth(int depth) => Math.Min(Cells(depth), Depth) + Cells(MostRank);

    /// <summary>A block of packed rows times a block of panels.</summary>
    private static void Block(float* a, float* b, nint distance, MatrixView c, int cells, (int First, int Last) tiles, (int First, int Last) panels, float alpha, bool add, ref Ahead ahead)
    {
        int height = TKernel.Rows, width = TKernel.Columns;
        float* corner = stackalloc float[height * width];
        for (int panel = panels.First; panel < panels.Last; panel++, b += distance)
        {
            int column = panel * width, columns = Math.Min(width, c.Columns - column);
            float* left = a;
            for (int tile = tiles.First; tile < tiles.Last; tile++, left += cells * height)
            {
                int row = tile * height, rows = Math.Min(height, c.Rows - row);
                ahead.Ask();
                if (rows == height && columns == width) TKernel.Run(cells, left, b, c.At(row, column), c.RowStride, alpha, add);
                else Corner(cells, left, b, c.At(row, column), c.RowStride, alpha, add, rows, columns, corner);
            }
        }
    }

    /// <summary>Rows of a left matrix as it lies times a block of panels.</summary>
    private static void Rows(MatrixView a, (int First, int Count) steps, in LowRankTerm term, float* b, nint distance, MatrixView c, (int First, int Last) tiles, (int First, int Last) panels, float alpha, bool add, Ahead ahead)
    {
        int width = TKernel.Columns, end = Math.Min(tiles.Last * TKernel.Rows, c.Rows);
        int height = TKernel.RowsAtOnce;
        float* corner = stackalloc float[height * width];
        ahead.DealOut((long)(end - (tiles.First * TKernel.Rows) + height - 1) / height * (panels.Last - panels.First));

        // Some tens of rows at a time, which stay in the second-level cache from panel to panel.
        for (int begin = tiles.First * TKernel.Rows; begin < end; begin += RowsTogether)
        {
            float* panelCells = b;
            for (int panel = panels.First; panel < panels.Last; panel++, panelCells += distance)
            {
                int column = panel * width, columns = Math.Min(width, c.Columns - column);
                for (int row = begin; row < Math.Min(begin + RowsTogether, end); row += height)
                {
                    int rows = Math.Min(height, end - row);
                    ahead.Ask();
                    LeftRows left = LeftRows.Of(a, row, Cells(steps.First), Cells(steps.Count)), joined = term.Rank == 0 ? default : LeftRows.Of(term.Left, row, 0, Cells(term.Rank));
                    if (columns == width)
                    {
                        TKernel.RunRows(rows, left, joined, panelCells, c.At(row, column), c.RowStride, alpha, add);
                        continue;
                    }

                    TKernel.RunRows(rows, left, joined, panelCells, corner, width, alpha, false);
                    Copy(corner, c.At(row, column), c.RowStride, add, rows, columns);
                }
            }
        }
    }

    /// <summary>Zeros behind the steps of panels that were packed, where the kernel takes more cells together and packing does not see to them.</summary>
    /// <param name="steps">Steps of the sum.</param>
    /// <param name="width">Columns of a panel.</param>
    /// <param name="panels">How many panels.</param>
    /// <param name="packed">The first.</param>
    /// <param name="distance">Cells from one to the next.</param>
    public static void FillUp(int steps, int width, int panels, float* packed, nint distance)
    {
        if (Parts > 1) return;
        int full = (steps + StepsOfCell - 1) / StepsOfCell, missing = Cells(steps) - full;
        for (int panel = 0; panel < panels && missing > 0; panel++) new Span<float>(packed + (panel * distance) + ((nint)full * width), missing * width).Clear();
    }

    /// <summary>Less than a whole tile: the kernel fills one elsewhere.</summary>
    private static void Corner(int cells, float* a, float* b, float* c, nint stride, float alpha, bool add, int rows, int columns, float* tile)
    {
        TKernel.Run(cells, a, b, tile, TKernel.Columns, alpha, false);
        Copy(tile, c, stride, add, rows, columns);
    }

    /// <summary>Copies a part of a tile, or adds it.</summary>
    private static void Copy(float* tile, float* c, nint stride, bool add, int rows, int columns)
    {
        for (int r = 0; r < rows; r++, tile += TKernel.Columns, c += stride)
        {
            Span<float> from = new(tile, columns), to = new(c, columns);
            if (add) TensorPrimitives.Add(to, from, to);
            else from.CopyTo(to);
        }
    }

    /// <summary>Packs panels of a width. Where lanes lie side by side they are read row after row, through all panels, as memory likes to be read.</summary>
    private static void Pack(MatrixView source, int width, (int First, int Last) panels, (int First, int Count) steps, float* packed, nint distance)
    {
        int chunk = source.ColumnStride == 1 ? ChunkSteps : steps.Count;
        for (int step = 0; step < steps.Count; step += chunk)
        {
            float* to = packed + ((nint)CellsBefore(step) * width);
            for (int panel = panels.First; panel < panels.Last; panel++, to += distance)
            {
                int first = panel * width;
                PanelPacker.Pack(source, (first, Math.Min(width, source.Columns - first)), (steps.First + step, Math.Min(chunk, steps.Count - step)), width, TKernel.Packing, to);
            }
        }

        FillUp(steps.Count, width, panels.Last - panels.First, packed, distance);
    }
}
