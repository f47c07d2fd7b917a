namespace Candor.Kernels.Limits;

/// <summary>
/// What a machine can do at best, measured: how fast its cores read memory, multiply 8-bit integers and multiply
/// floats, all of them together. Decoding is bound by the first, prefill by the second or third, so a speed means
/// little without its share of these.
/// </summary>
/// <param name="Threads">How many threads ran together.</param>
/// <param name="ReadBytesPerSecond">Bytes read from main memory a second, in order, each thread its own stretch.</param>
/// <param name="Int8MacsPerSecond">
/// Products of 8-bit integers added to a 32-bit sum, a second, with operands in registers and the first-level cache.
/// </param>
/// <param name="Fp32FlopsPerSecond">Float32 operations a second; a fused multiply-add counts as two.</param>
/// <param name="BFloat16FlopsPerSecond">Operations a second of products of bfloat16 with sums in float32, in vectors; 0 where the processor has none.</param>
/// <param name="TileFlopsPerSecond">The same in tile registers; 0 where the processor has none, or the system does not give them.</param>
/// <param name="Int8Instructions">The instructions that reached <paramref name="Int8MacsPerSecond"/>.</param>
/// <param name="Fp32Instructions">The instructions that reached <paramref name="Fp32FlopsPerSecond"/>.</param>
public sealed record MachineLimits(
    int Threads,
    double ReadBytesPerSecond,
    double Int8MacsPerSecond,
    double Fp32FlopsPerSecond,
    double BFloat16FlopsPerSecond,
    double TileFlopsPerSecond,
    string Int8Instructions,
    string Fp32Instructions)
{
    /// <summary>
    /// Measures the machine: about a third of a second for each limit, the best of six windows, so that a short
    /// disturbance does not count. Where the processor has several instruction sets each is tried and the fastest wins.
    /// </summary>
    /// <remarks>
    /// Reading needs memory that no cache holds: up to 1 GiB is allocated for the time of the measurement (a quarter of
    /// what is available where that is less). Take a peak of resident memory before calling this.
    /// </remarks>
    /// <param name="threads">How many threads run together, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    public static MachineLimits Measure(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (string Name, double Rate) int8 = Best(Int8Loops.Supported(), threads);
        (string Name, double Rate) fp32 = Best(Fp32Loops.Supported(), threads);
        return new(threads, ReadLoops.Measure(threads), int8.Rate, fp32.Rate, Vectors(ProductPrecision.BFloat16, threads), Tiles(threads), int8.Name, fp32.Name);
    }

    /// <summary>
    /// Measures only how fast the machine multiplies floats, in vectors, in operations a second, by the fastest of its instructions; 0 where it has no
    /// such products of its own.
    /// </summary>
    /// <param name="precision">What floats.</param>
    /// <param name="threads">How many threads run together, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    public static double Vectors(ProductPrecision precision, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return Rate(precision == ProductPrecision.Float32 ? Fp32Loops.Supported() : TileLoops.Pairs(), threads);
    }

    /// <summary>Measures only how fast the machine multiplies bfloat16 in tile registers, in operations a second; 0 where it has none, or the system does not give them.</summary>
    /// <inheritdoc cref="Vectors"/>
    public static double Tiles(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return Rate(TileLoops.MatrixTiles(), threads);
    }

    private static double Rate(IReadOnlyList<ArithmeticLoop> loops, int threads) => loops.Count == 0 ? 0 : Best(loops, threads).Rate;

    private static (string Name, double Rate) Best(IReadOnlyList<ArithmeticLoop> loops, int threads) =>
        loops.Select(loop => (loop.Name, Rate: loop.Measure(threads))).MaxBy(row => row.Rate);
}
