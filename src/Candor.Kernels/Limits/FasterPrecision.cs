using System.Diagnostics;
using Candor.Kernels.Gemms;
using Candor.Tensors;

namespace Candor.Kernels.Limits;

/// <summary>Whether a machine multiplies faster what is rounded to bfloat16.</summary>
public static unsafe class FasterPrecision
{
    // Tiles of the inner loops, whose operands stay in the nearest cache; about a millisecond for each round.
    private const int Cells = 128, Tiles = 600, Rounds = 5;

    // Rounding and packing have a price: a small gain is not worth it.
    private const double WorthIt = 1.25;

    private static readonly Lazy<ProductPrecision> Found = new(Measure);

    /// <summary>The faster of the two, found out in some milliseconds when it is first asked for. Thread-safe.</summary>
    public static ProductPrecision Measured => Found.Value;

    private static ProductPrecision Measure()
    {
        // Tile registers multiply bfloat16 many times as fast as any processor that has them multiplies floats.
        if (MatrixTileKernel.IsSupported) return ProductPrecision.BFloat16;
        if (!BFloat16Kernel.IsSupported || !AssembledKernel.IsSupported) return ProductPrecision.Float32;
        using var memory = new NativeBuffer(((long)Cells * (BFloat16Kernel.Rows + BFloat16Kernel.Columns) + (BFloat16Kernel.Rows * BFloat16Kernel.Columns)) * sizeof(float));
        double floats = double.MaxValue, pairs = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            floats = Math.Min(floats, Seconds<AssembledKernel>((float*)memory.Pointer));
            pairs = Math.Min(pairs, Seconds<BFloat16Kernel>((float*)memory.Pointer) / 2);
        }

        return floats > WorthIt * pairs ? ProductPrecision.BFloat16 : ProductPrecision.Float32;
    }

    private static double Seconds<TKernel>(float* a) where TKernel : struct, IGemmKernel
    {
        float* b = a + (Cells * TKernel.Rows), c = b + (Cells * TKernel.Columns);
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < Tiles; i++) TKernel.Run(Cells, a, b, c, TKernel.Columns, 1, false);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
