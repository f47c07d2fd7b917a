namespace Candor.Kernels.Gemms;

/// <summary>The tile of <see cref="Avx512Kernel"/>, also for programs that were compiled ahead, in which .NET leaves 512-bit registers alone.</summary>
internal readonly unsafe struct AssembledKernel : IGemmKernel
{
    private static readonly nint Function = TileCode.Make(12, 2, pairs: false);

    private static readonly RowFunctions Heights = new(2, pairs: false);

    /// <summary>Whether it can run here.</summary>
    public static bool IsSupported => Function != 0;

    public static int Rows => 12;

    public static int Columns => 32;

    public static Packing Packing => Packing.Floats;

    public static void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add) => TileCode.Run(Function, k, a, b, c, stride, alpha, add);

    public static int RowsAtOnce => Heights.MostRows;

    public static void RunRows(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add) =>
        RowTileCode.Run(Heights[rows], a, joined, b, c, stride, alpha, add);
}

/// <summary>The tile of <see cref="Avx512NarrowKernel"/>, as <see cref="AssembledKernel"/>.</summary>
internal readonly unsafe struct AssembledNarrowKernel : IGemmKernel
{
    private static readonly nint Function = TileCode.Make(24, 1, pairs: false);

    private static readonly RowFunctions Heights = new(1, pairs: false);

    public static int Rows => 24;

    public static int Columns => 16;

    public static Packing Packing => Packing.Floats;

    public static void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add) => TileCode.Run(Function, k, a, b, c, stride, alpha, add);

    public static int RowsAtOnce => Heights.MostRows;

    public static void RunRows(int rows, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add) =>
        RowTileCode.Run(Heights[rows], a, joined, b, c, stride, alpha, add);
}
