using System.Numerics.Tensors;

namespace Candor.Kernels.Gemms;

/// <summary>The tile of <see cref="MatrixTileCode"/>, two registers high and wide. Packed left matrices go to <see cref="BFloat16Kernel"/>, whose panels are the same.</summary>
internal readonly unsafe struct MatrixTileKernel : IGemmKernel
{
    private static readonly MatrixTiles Functions = new(2);

    /// <summary>Whether it can run here.</summary>
    public static bool IsSupported => Functions.AreMade;

    public static int Rows => BFloat16Kernel.Rows;

    public static int Columns => BFloat16Kernel.Columns;

    public static Packing Packing => Packing.Pairs;

    public static int CellsTogether => MatrixTileCode.TileCells;

    public static int CellsOfBlock => 512;

    public static int RowsAtOnce => MatrixTiles.MostRows;

    public static bool TurnsLeft => true;

    public static void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add) => BFloat16Kernel.Run(k, a, b, c, stride, alpha, add);

    public static void RunRows(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add) =>
        Functions.Run(rows, a, joined, b, c, stride, alpha, add);
}

/// <summary>The same, one register wide.</summary>
internal readonly unsafe struct MatrixTileNarrowKernel : IGemmKernel
{
    private static readonly MatrixTiles Functions = new(1);

    public static int Rows => BFloat16NarrowKernel.Rows;

    public static int Columns => BFloat16NarrowKernel.Columns;

    public static Packing Packing => Packing.Pairs;

    public static int CellsTogether => MatrixTileCode.TileCells;

    public static int CellsOfBlock => 512;

    public static int RowsAtOnce => MatrixTiles.MostRows;

    public static bool TurnsLeft => true;

    public static void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add) => BFloat16NarrowKernel.Run(k, a, b, c, stride, alpha, add);

    public static void RunRows(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add) =>
        Functions.Run(rows, a, joined, b, c, stride, alpha, add);
}

/// <summary>The kernels of <see cref="MatrixTileCode"/> for tiles of a width.</summary>
/// <param name="vectors">Tiles of 16 columns.</param>
internal sealed unsafe class MatrixTiles(int vectors)
{
    /// <summary>The most rows at once: some tiles, each of two registers.</summary>
    public const int MostRows = 3 * TileRows;

    private const int TileRows = 2 * MatrixTileCode.TileRows;

    private readonly nint low = MatrixTileCode.Make(1, vectors), high = MatrixTileCode.Make(2, vectors);

    /// <summary>Whether this processor runs them.</summary>
    public bool AreMade => low != 0 && high != 0;

    /// <inheritdoc cref="IGemmKernel.RunRows"/>
    public void Run(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add)
    {
        if (alpha == 1)
        {
            Run(rows, a, joined, b, c, stride, add);
            return;
        }

        // Sums cannot be scaled where they are made.
        int columns = vectors * 16;
        float* sums = stackalloc float[MostRows * 32];
        Run(rows, a, joined, b, sums, columns, false);
        for (int row = 0; row < rows; row++, sums += columns, c += stride)
        {
            Span<float> from = new(sums, columns), to = new(c, columns);
            if (add) TensorPrimitives.MultiplyAdd(from, alpha, to, to);
            else TensorPrimitives.Multiply(from, alpha, to);
        }
    }

    private void Run(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, bool add)
    {
        int whole = rows / TileRows, rest = rows % TileRows;
        if (whole > 0) MatrixTileCode.Run(high, TileRows, whole, a, joined, b, c, stride, add);
        if (rest == 0) return;
        int done = whole * TileRows;
        MatrixTileCode.Run(rest > MatrixTileCode.TileRows ? high : low, rest, 1, a.From(done), joined.From(done), b, c + (done * stride), stride, add);
    }
}
