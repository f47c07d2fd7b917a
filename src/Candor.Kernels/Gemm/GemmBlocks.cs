namespace Candor.Kernels.Gemms;

/// <summary>
/// Packing and blocking around a kernel, after Goto and van de Geijn (Anatomy of High-Performance Matrix Multiplication, 2008):
/// the right matrix is packed whole, the left one in blocks that stay in the second-level cache.
/// </summary>
internal static unsafe class GemmBlocks<TKernel> where TKernel : struct, IGemmKernel
{
    /// <summary>Steps of the sum in a block.</summary>
    public const int Depth = 256;

    /// <summary>Rows of a block of the left matrix.</summary>
    public static int BlockRows => TKernel.Rows * (96 / TKernel.Rows);

    /// <summary>Floats that a packed right matrix takes.</summary>
    public static long PackedColumns(int depth, int columns) => (long)depth * Round(columns);

    /// <summary>Floats that a worker needs for a block of the left matrix.</summary>
    public static int BlockFloats => BlockRows * Depth;

    public static int Round(int columns) => (columns + TKernel.Columns - 1) / TKernel.Columns * TKernel.Columns;

    /// <summary>Packs panels of the right matrix; a panel is one tile wide and as deep as the matrix.</summary>
    public static void PackPanels(MatrixView b, int firstPanel, int lastPanel, float* packed)
    {
        int width = TKernel.Columns, depth = b.Rows;
        for (int panel = firstPanel; panel < lastPanel; panel++)
        {
            float* to = packed + ((nint)panel * width * depth);
            int first = panel * width, count = Math.Min(width, b.Columns - first);
            if (b.ColumnStride == 1)
            {
                for (int k = 0; k < depth; k++, to += width)
                {
                    new ReadOnlySpan<float>(b.At(k, first), count).CopyTo(new Span<float>(to, width));
                    if (count < width) new Span<float>(to + count, width - count).Clear();
                }

                continue;
            }

            for (int n = 0; n < width; n++)
            {
                if (n >= count)
                {
                    for (int k = 0; k < depth; k++) to[((nint)k * width) + n] = 0;
                    continue;
                }

                float* from = b.At(0, first + n);
                nint step = b.RowStride;
                for (int k = 0; k < depth; k++) to[((nint)k * width) + n] = from[k * step];
            }
        }
    }

    /// <summary>Multiplies a range of rows with a range of panels.</summary>
    /// <param name="a">The left matrix.</param>
    /// <param name="packed">The packed right matrix.</param>
    /// <param name="c">The result; its columns lie side by side.</param>
    /// <param name="rows">First and last row.</param>
    /// <param name="panels">First and last panel.</param>
    /// <param name="alpha">Factor on the product.</param>
    /// <param name="add">Whether what is in c stays.</param>
    /// <param name="block">Memory for <see cref="BlockFloats"/>.</param>
    public static void Multiply(MatrixView a, float* packed, MatrixView c, (int First, int Last) rows, (int First, int Last) panels, float alpha, bool add, float* block)
    {
        int height = TKernel.Rows, width = TKernel.Columns, depth = a.Columns;
        float* tile = stackalloc float[height * width];
        for (int from = 0; from < depth; from += Depth)
        {
            int steps = Math.Min(Depth, depth - from);
            bool keep = add || from > 0;
            for (int row = rows.First; row < rows.Last; row += BlockRows)
            {
                int count = Math.Min(BlockRows, rows.Last - row);
                PackRows(a, row, count, from, steps, block);
                for (int panel = panels.First; panel < panels.Last; panel++)
                {
                    float* b = packed + ((nint)panel * width * depth) + ((nint)from * width);
                    int column = panel * width, columns = Math.Min(width, c.Columns - column);
                    for (int r = 0; r < count; r += height)
                    {
                        float* to = c.At(row + r, column);
                        int left = Math.Min(height, count - r);
                        if (left == height && columns == width) TKernel.Run(steps, block + (r * steps), b, to, c.RowStride, alpha, keep);
                        else Edge(steps, block + (r * steps), b, to, c.RowStride, alpha, keep, left, columns, tile);
                    }
                }
            }
        }
    }

    private static void Edge(int steps, float* a, float* b, float* c, nint stride, float alpha, bool add, int rows, int columns, float* tile)
    {
        int width = TKernel.Columns;
        TKernel.Run(steps, a, b, tile, width, alpha, false);
        for (int r = 0; r < rows; r++)
            for (int n = 0; n < columns; n++) c[(r * stride) + n] = tile[(r * width) + n] + (add ? c[(r * stride) + n] : 0);
    }

    private static void PackRows(MatrixView a, int row, int count, int from, int steps, float* block)
    {
        int height = TKernel.Rows;
        for (int r = 0; r < count; r += height)
        {
            float* to = block + (r * steps);
            int left = Math.Min(height, count - r);
            if (a.RowStride == 1 && left == height)
            {
                for (int k = 0; k < steps; k++, to += height)
                    new ReadOnlySpan<float>(a.At(row + r, from + k), height).CopyTo(new Span<float>(to, height));
                continue;
            }

            for (int i = 0; i < height; i++)
            {
                float* source = a.At(row + r + Math.Min(i, left - 1), from);
                nint step = a.ColumnStride;
                if (i < left) for (int k = 0; k < steps; k++) to[(k * height) + i] = source[k * step];
                else for (int k = 0; k < steps; k++) to[(k * height) + i] = 0;
            }
        }
    }
}
