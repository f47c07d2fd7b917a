namespace Candor.Kernels.Gemms;

/// <summary>The tile of <see cref="Avx512Kernel"/> from pairs of bfloat16. <see cref="Rounded{TKernel}"/> does the same without assembled code.</summary>
internal readonly unsafe struct BFloat16Kernel : IGemmKernel
{
    private static readonly nint Function = TileCode.Make(12, 2, pairs: true);

    private static readonly RowFunctions Heights = new(2, pairs: true);

    /// <summary>Whether it can run here.</summary>
    public static bool IsSupported => Function != 0;

    public static int Rows => 12;

    public static int Columns => 32;

    public static Packing Packing => Packing.Pairs;

    public static void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add) => TileCode.Run(Function, k, a, b, c, stride, alpha, add);

    public static int RowsAtOnce => Heights.MostRows;

    public static void RunRows(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add) =>
        RowTileCode.Run(Heights[rows], a, joined, b, c, stride, alpha, add);
}

/// <summary>The tile of <see cref="Avx512NarrowKernel"/> from pairs of bfloat16.</summary>
internal readonly unsafe struct BFloat16NarrowKernel : IGemmKernel
{
    private static readonly nint Function = TileCode.Make(24, 1, pairs: true);

    private static readonly RowFunctions Heights = new(1, pairs: true);

    public static int Rows => 24;

    public static int Columns => 16;

    public static Packing Packing => Packing.Pairs;

    public static void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add) => TileCode.Run(Function, k, a, b, c, stride, alpha, add);

    public static int RowsAtOnce => Heights.MostRows;

    public static void RunRows(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add) =>
        RowTileCode.Run(Heights[rows], a, joined, b, c, stride, alpha, add);
}
