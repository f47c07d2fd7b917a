namespace Candor.Kernels.Gemms;

/// <summary>The tile of <see cref="MatrixTileKernel"/> for sums of two bfloat16. What both lower parts give together is left out: 2⁻¹⁸ of a product at most.</summary>
internal readonly unsafe struct SplitTileKernel : IGemmKernel
{
    public static int Rows => MatrixTileKernel.Rows;

    public static int Columns => MatrixTileKernel.Columns;

    public static Packing Packing => Packing.SplitPairs;

    public static int CellsTogether => MatrixTileKernel.CellsTogether;

    public static int CellsOfBlock => 3 * 256;

    public static int RowsAtOnce => MatrixTileKernel.RowsAtOnce;

    public static void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add) => throw new InvalidOperationException("this kernel takes rows only");

    public static void RunRows(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add) =>
        MatrixTileKernel.RunRows(rows, a, joined, b, c, stride, alpha, add);
}
