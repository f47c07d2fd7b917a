using Candor.Kernels.Gemms;

namespace Candor.Kernels.Limits;

/// <summary>
/// Tiles of assembled code, as the inner loop of a matrix product has them: of instructions that .NET has no name for, or leaves alone in programs that
/// were compiled ahead.
/// </summary>
internal static unsafe class TileLoops
{
    private const int Cells = 64;

    /// <summary>Pairs of bfloat16; empty where the processor has no such products.</summary>
    public static IReadOnlyList<ArithmeticLoop> Pairs() =>
        BFloat16Kernel.IsSupported ? [new("AVX-512 vdpbf16ps", 4L * BFloat16Kernel.Rows * BFloat16Kernel.Columns * Cells, Tile<BFloat16Kernel>)] : [];

    /// <summary>Floats.</summary>
    public static IReadOnlyList<ArithmeticLoop> Floats() =>
        AssembledKernel.IsSupported ? [new("AVX-512 vfmadd231ps, assembled", 2L * AssembledKernel.Rows * AssembledKernel.Columns * Cells, Tile<AssembledKernel>)] : [];

    /// <summary>Bfloat16 in tile registers; empty where the processor has none.</summary>
    public static IReadOnlyList<ArithmeticLoop> MatrixTiles() => MatrixTileLoop.Function != 0 ? [new("AMX tdpbf16ps", MatrixTileLoop.UnitsPerPass, MatrixTileLoop.Run)] : [];

    private static float Tile<TKernel>(byte* panel, int passes) where TKernel : struct, IGemmKernel
    {
        float* sums = stackalloc float[TKernel.Rows * TKernel.Columns];
        float* left = (float*)panel, right = left + (Cells * TKernel.Rows);
        for (int pass = 0; pass < passes; pass++) TKernel.Run(Cells, left, right, sums, TKernel.Columns, 1, pass > 0);
        return sums[0];
    }
}
