using Candor.Kernels.Gemms;

namespace Candor.Kernels.Limits;

/// <summary>Products of bfloat16 pairs, as the inner loop of a matrix product has them: .NET has no name for the instruction, so the tile is the product's own.</summary>
internal static unsafe class BFloat16Loops
{
    private const int Cells = 64;

    /// <summary>The loops that this processor can run; empty where it has no such products.</summary>
    public static IReadOnlyList<ArithmeticLoop> Supported() =>
        BFloat16Kernel.IsSupported ? [new("AVX-512 vdpbf16ps", 4L * BFloat16Kernel.Rows * BFloat16Kernel.Columns * Cells, Tile)] : [];

    private static float Tile(byte* panel, int passes)
    {
        float* sums = stackalloc float[BFloat16Kernel.Rows * BFloat16Kernel.Columns];
        float* left = (float*)panel, right = left + (Cells * BFloat16Kernel.Rows);
        for (int pass = 0; pass < passes; pass++) BFloat16Kernel.Run(Cells, left, right, sums, BFloat16Kernel.Columns, 1, pass > 0);
        return sums[0];
    }
}
