using System.Diagnostics;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>In what numbers a training run multiplies matrices. Weights, gradients, sums and everything else are float32 always.</summary>
public enum TrainingPrecision
{
    /// <summary>Float32: one seed gives one run wherever it runs.</summary>
    Float32,

    /// <summary>Operands of products with weights are rounded to bfloat16, as under PyTorch's autocast; attention's own stay float32.</summary>
    Bfloat16,

    /// <summary>The faster of the two on the machine at hand, which is measured when the run starts.</summary>
    Auto,
}

/// <summary>Finds out which precision a machine is faster in.</summary>
internal static unsafe class FasterPrecision
{
    private const int Side = 512, Rounds = 12;

    // Rounding has a price: a small gain is not worth it.
    private const double WorthIt = 1.15;

    /// <summary>The precision of products for a setting.</summary>
    public static ProductPrecision Of(TrainingPrecision setting, WorkerPool pool) => setting switch
    {
        TrainingPrecision.Float32 => ProductPrecision.Float32,
        TrainingPrecision.Bfloat16 => ProductPrecision.BFloat16,
        _ => Measure(pool),
    };

    private static ProductPrecision Measure(WorkerPool pool)
    {
        var gemm = new Gemm(pool);
        using var memory = new NativeBuffer(3L * Side * Side * sizeof(float));
        memory.AsSpan<float>().Fill(0.5f);
        float* a = (float*)memory.Pointer;
        MatrixView left = new(a, Side, Side), right = new(a + (Side * Side), Side, Side), result = new(a + (2 * Side * Side), Side, Side);
        double[] least = [double.MaxValue, double.MaxValue];
        for (int round = 0; round < Rounds; round++)
            foreach (ProductPrecision precision in (ProductPrecision[])[ProductPrecision.Float32, ProductPrecision.BFloat16])
            {
                gemm.Precision = precision;
                long began = Stopwatch.GetTimestamp();
                for (int i = 0; i < 4; i++) gemm.Multiply(left, right, result);
                least[(int)precision] = Math.Min(least[(int)precision], Stopwatch.GetElapsedTime(began).TotalSeconds);
            }

        return least[0] > WorthIt * least[1] ? ProductPrecision.BFloat16 : ProductPrecision.Float32;
    }
}
