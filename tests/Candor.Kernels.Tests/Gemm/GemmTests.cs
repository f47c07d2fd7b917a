using System.Runtime.Intrinsics;
using Candor.Kernels.Gemms;
using Candor.Kernels.Integer;
using Candor.Tensors;

namespace Candor.Kernels.Tests.Gemm;

/// <summary>Matrix products of every layout and shape against sums in float64.</summary>
public sealed unsafe class GemmTests
{
    private static readonly (int M, int K, int N)[] Shapes = [(1, 1, 1), (3, 5, 7), (6, 8, 16), (12, 256, 32), (97, 300, 65), (13, 513, 130), (200, 64, 48), (5, 1000, 3), (30, 1024, 40), (3, 2100, 700)];

    [Theory]
    [InlineData("scalar")]
    [InlineData("256")]
    [InlineData("512")]
    [InlineData("assembled")]
    [InlineData("assembled narrow")]
    [InlineData("512 narrow")]
    public void EveryLayoutGivesTheSums(string kernel) => EveryLayout(kernel, x => x);

    // A single step of the pairs' instruction rounds more than once, so sums may differ in their last bits.
    [Theory]
    [InlineData("rounded scalar")]
    [InlineData("rounded 256")]
    [InlineData("rounded 512")]
    [InlineData("pairs")]
    [InlineData("pairs narrow")]
    [InlineData("matrix tiles")]
    [InlineData("matrix tiles narrow")]
    public void ProductsOfBFloat16AreThoseOfRoundedNumbers(string kernel) => EveryLayout(kernel, x => HalfConversion.BFloat16ToSingle(HalfConversion.SingleToBFloat16(x)));

    /// <summary>Sums of two bfloat16 have 16 bits; left sides that no copy serves are multiplied as floats.</summary>
    [Fact]
    public void SumsOfTwoBFloat16AreNearFloats()
    {
        using var pool = new WorkerPool(2);
        var gemm = new Kernels.Gemm(pool) { Precision = ProductPrecision.SplitBFloat16 };
        var random = new Random(9);
        foreach ((int m, int k, int n) in Shapes)
            foreach (bool left in (bool[])[false, true])
                foreach (bool right in (bool[])[false, true])
                {
                    using Matrix a = new(random, left ? k : m, left ? m : k), b = new(random, right ? n : k, right ? k : n), c = new(random, m, n);
                    MatrixView va = left ? a.View.Transposed : a.View, vb = right ? b.View.Transposed : b.View;
                    double[] expected = Expected(va, vb, c, 0.5, true, x => x);
                    gemm.Multiply(va, vb, c.View, 0.5f, add: true);
                    Near(expected, c.Span, k);
                }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void SumsOfTwoBFloat16KeepWhatIsNoNumber(float special)
    {
        using var pool = new WorkerPool(1);
        using Matrix a = new(new Random(1), 5, 40), b = new(new Random(2), 40, 7), c = new(new Random(3), 5, 7), d = new(new Random(3), 5, 7);
        (a.Span[3], a.Span[50]) = (special, 0);
        new Kernels.Gemm(pool) { Precision = ProductPrecision.SplitBFloat16 }.Multiply(a.View, b.View, c.View);
        new Kernels.Gemm(pool).Multiply(a.View, b.View, d.View);
        for (int i = 0; i < 35; i++)
        {
            if (float.IsFinite(d.Span[i])) Assert.Equal(d.Span[i], c.Span[i], 1e-4f);
            else Assert.False(float.IsFinite(c.Span[i]));
        }
    }

    [Fact]
    public void ThePrecisionOfProductsCanBeChosen()
    {
        using var pool = new WorkerPool(2);
        var random = new Random(5);
        using Matrix a = new(random, 40, 70), b = new(random, 70, 50), c = new(random, 40, 50);
        var gemm = new Kernels.Gemm(pool);
        foreach (ProductPrecision precision in (ProductPrecision[])[ProductPrecision.BFloat16, ProductPrecision.Float32])
        {
            gemm.Precision = precision;
            double[] expected = Expected(a.View, b.View, c, 1, false, precision == ProductPrecision.Float32 ? x => x : x => HalfConversion.BFloat16ToSingle(HalfConversion.SingleToBFloat16(x)));
            gemm.Multiply(a.View, b.View, c.View);
            Near(expected, c.Span, 70);
        }
    }

    [Theory]
    [InlineData(40, 70, 50, 4, ProductPrecision.Float32)]
    [InlineData(7, 600, 16, 16, ProductPrecision.Float32)]
    [InlineData(30, 64, 33, 64, ProductPrecision.Float32)]
    [InlineData(30, 64, 33, 100, ProductPrecision.Float32)]
    [InlineData(50, 2048, 70, 8, ProductPrecision.Float32)]
    [InlineData(40, 70, 50, 4, ProductPrecision.BFloat16)]
    [InlineData(7, 601, 16, 15, ProductPrecision.BFloat16)]
    [InlineData(50, 2048, 70, 64, ProductPrecision.BFloat16)]
    public void ATermOfLowRankJoinsTheProduct(int m, int k, int n, int rank, ProductPrecision precision)
    {
        Func<float, float> round = precision == ProductPrecision.Float32 ? x => x : x => HalfConversion.BFloat16ToSingle(HalfConversion.SingleToBFloat16(x));
        using var pool = new WorkerPool(2);
        var random = new Random(rank);
        using Matrix a = new(random, m, k), b = new(random, n, k), left = new(random, m, rank), right = new(random, rank, n), c = new(random, m, n);
        double[] expected = Expected(a.View, b.View.Transposed, c, 0.5, true, round), joined = Expected(left.View, right.View, c, 0.5, false, round);
        for (int i = 0; i < expected.Length; i++) expected[i] += joined[i];
        var gemm = new Kernels.Gemm(pool) { Precision = precision };
        gemm.Multiply(a.View, b.View.Transposed, c.View, 0.5f, add: true, new LowRankTerm(left.View, right.View));
        Near(expected, c.Span, k + rank);
        Assert.Throws<ArgumentException>(() => gemm.Multiply(a.View, b.View.Transposed, c.View, 1, false, new LowRankTerm(right.View, left.View)));
    }

    [Theory]
    [InlineData("EnableAVX512")]
    [InlineData("EnableAVX2")]
    [InlineData("EnableHWIntrinsic")]
    [InlineData("CANDOR_ASSEMBLED_CODE")]
    public void HoldsWithInstructionSetsOff(string name) => InstructionSets.Rerun(name, typeof(GemmTests));

    [Fact]
    public void AssembledCodeCanBeSwitchedOff()
    {
        // Each of the switches takes the assembled kernel away, or what it needs; the children check that.
        if (InstructionSets.IsChild) Assert.False(MatrixTileKernel.IsSupported || BFloat16Kernel.IsSupported || AssembledKernel.IsSupported || BlockKernel.IsSupported);
    }

    [Fact]
    public void RoundingIsThatOfTheType()
    {
        foreach (float x in (float[])[0, -0f, 1, 1.00390625f, 1.01171875f, 3.4e38f, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, BitConverter.UInt32BitsToSingle(0x7FFFFFFF), BitConverter.UInt32BitsToSingle(0xFF800001), 1e-40f])
        {
            float rounded = BitConverter.UInt32BitsToSingle(BFloat16Rounding.Bits(Vector256.Create(x))[3]);
            if (float.IsNaN(x)) Assert.True(float.IsNaN(rounded));
            else Assert.Equal(HalfConversion.BFloat16ToSingle(HalfConversion.SingleToBFloat16(x)), rounded);
        }
    }

    private static void EveryLayout(string kernel, Func<float, float> round)
    {
        if (kernel.StartsWith("pairs", StringComparison.Ordinal) && !BFloat16Kernel.IsSupported) Assert.Skip("this processor has no vdpbf16ps");
        if (kernel.StartsWith("matrix tiles", StringComparison.Ordinal) && !MatrixTileKernel.IsSupported) Assert.Skip("this processor has no tile registers");
        if (kernel.StartsWith("assembled", StringComparison.Ordinal) && !AssembledKernel.IsSupported) Assert.Skip("this processor has no registers of 512 bits");
        using var pool = new WorkerPool(2);
        var gemm = new Kernels.Gemm(pool);
        var random = new Random(7);
        foreach ((int m, int k, int n) in Shapes)
            foreach (bool left in (bool[])[false, true])
                foreach (bool right in (bool[])[false, true])
                    foreach (bool add in (bool[])[false, true])
                    {
                        using Matrix a = new(random, left ? k : m, left ? m : k), b = new(random, right ? n : k, right ? k : n), c = new(random, m, n), d = new(random, m, n);
                        MatrixView va = left ? a.View.Transposed : a.View, vb = right ? b.View.Transposed : b.View;
                        double[] expected = Expected(va, vb, c, 0.5, add, round);
                        c.Span.CopyTo(d.Span);
                        Run(kernel, gemm, va, new RightMatrix(vb), c.View, 0.5f, add);
                        Near(expected, c.Span, k);
                        if (kernel.Contains("rounded", StringComparison.Ordinal) || kernel.Contains("pairs", StringComparison.Ordinal) || kernel.Contains("tiles", StringComparison.Ordinal)) continue;
                        using var scratch = new NativeBuffer(Kernels.Gemm.ScratchFloats(k, n) * sizeof(float));
                        Kernels.Gemm.MultiplyHere(va, vb, d.View, (float*)scratch.Pointer, 0.5f, add);
                        Near(expected, d.Span, k);
                    }
    }

    private static void Run(string kernel, Kernels.Gemm gemm, MatrixView a, RightMatrix b, MatrixView c, float alpha, bool add)
    {
        switch (kernel)
        {
            case "scalar": gemm.Run<ScalarKernel>(a, b, c, alpha, add); break;
            case "256": gemm.Run<Avx2Kernel>(a, b, c, alpha, add); break;
            case "512": gemm.Run<Avx512Kernel>(a, b, c, alpha, add); break;
            case "512 narrow": gemm.Run<Avx512NarrowKernel>(a, b, c, alpha, add); break;
            case "assembled": gemm.Run<AssembledKernel>(a, b, c, alpha, add); break;
            case "assembled narrow": gemm.Run<AssembledNarrowKernel>(a, b, c, alpha, add); break;
            case "matrix tiles": gemm.Run<MatrixTileKernel>(a, b, c, alpha, add); break;
            case "split tiles": gemm.Run<SplitTileKernel>(a, b, c, alpha, add); break;
            case "matrix tiles narrow": gemm.Run<MatrixTileNarrowKernel>(a, b, c, alpha, add); break;
            case "pairs narrow": gemm.Run<BFloat16NarrowKernel>(a, b, c, alpha, add); break;
            case "rounded scalar": gemm.Run<Rounded<ScalarKernel>>(a, b, c, alpha, add); break;
            case "rounded 256": gemm.Run<Rounded<Avx2Kernel>>(a, b, c, alpha, add); break;
            case "rounded 512": gemm.Run<Rounded<Avx512Kernel>>(a, b, c, alpha, add); break;
            default: gemm.Run<BFloat16Kernel>(a, b, c, alpha, add); break;
        }
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q5_1)]
    [InlineData(ElementType.MXFP4)]
    [InlineData(ElementType.TQ2_0)]
    public void StoredWeightsGiveTheProductsOfTheirFloats(ElementType type)
    {
        using var pool = new WorkerPool(2);
        var gemm = new Kernels.Gemm(pool);
        var random = new Random(11);
        int block = type.BlockElements();
        foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 1, 1), (7, 5, 3), (40, 70, 9), (97, 33, 20), (9, 300, 10), .. block == 1 ? [(30, 70, 1024), (5, 40, 1302)] : Array.Empty<(int, int, int)>()])
        {
            int columns = k * block;
            using Matrix floats = new(random, n, columns), a = new(random, m, columns), back = new(random, m, n), c = new(random, m, n), d = new(random, m, n), e = new(random, m, columns), f = new(random, m, columns);
            using var stored = new NativeBuffer(n * type.RowBytes(columns));
            Quantizer.FromFloat(type, (float*)floats.View.Data, stored.Pointer, (long)n * columns);
            Dequantizer.ToFloat(type, stored.Pointer, (float*)floats.View.Data, (long)n * columns);
            var weight = new WeightMatrix(type, n, columns, stored.Pointer);
            foreach (string kernel in (string[])["scalar", "256", "512", "rounded 256", .. BFloat16Kernel.IsSupported ? ["pairs"] : Array.Empty<string>(), .. MatrixTileKernel.IsSupported ? ["matrix tiles", "split tiles"] : Array.Empty<string>()])
            {
                Run(kernel, gemm, a.View, new RightMatrix(new StoredView(weight, true)), c.View, 1, false);
                Run(kernel, gemm, a.View, new RightMatrix(floats.View.Transposed), d.View, 1, false);
                Assert.Equal(d.Span, c.Span);
                Run(kernel, gemm, back.View, new RightMatrix(new StoredView(weight, false)), e.View, 1, false);
                Run(kernel, gemm, back.View, new RightMatrix(floats.View), f.View, 1, false);
                Assert.Equal(f.Span, e.Span);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnEmptySumIsZero(bool add)
    {
        using var pool = new WorkerPool(2);
        using Matrix nothing = new(new Random(1), 5, 1), c = new(new Random(2), 5, 7);
        float[] before = c.Span.ToArray();
        MatrixView a = nothing.View with { Columns = 0 }, b = nothing.View with { Rows = 0, Columns = 7 };
        new Kernels.Gemm(pool).Multiply(a, b, c.View, 1, add);
        Assert.Equal(add ? before : new float[35], c.Span.ToArray());
        Kernels.Gemm.MultiplyHere(a, b, c.View, null, 1, add);
        Assert.Equal(add ? before : new float[35], c.Span.ToArray());
    }

    [Fact]
    public void ShapesThatDoNotFitAreRefused()
    {
        using var pool = new WorkerPool(1);
        var gemm = new Kernels.Gemm(pool);
        using Matrix a = new(new Random(1), 2, 3), b = new(new Random(1), 2, 3), c = new(new Random(1), 2, 3);
        Assert.Throws<ArgumentException>(() => gemm.Multiply(a.View, b.View, c.View));
    }

    private static double[] Expected(MatrixView a, MatrixView b, Matrix c, double alpha, bool add, Func<float, float> round)
    {
        var sums = new double[a.Rows * b.Columns];
        for (int i = 0; i < a.Rows; i++)
            for (int j = 0; j < b.Columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < a.Columns; k++) sum += (double)round(*a.At(i, k)) * round(*b.At(k, j));
                sums[(i * b.Columns) + j] = (alpha * sum) + (add ? c.Span[(i * b.Columns) + j] : 0);
            }

        return sums;
    }

    private static void Near(double[] expected, ReadOnlySpan<float> actual, int k)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-6 * (k + 1), $"{actual[i]} for {expected[i]}");
    }

    private sealed class Matrix : IDisposable
    {
        private readonly NativeBuffer memory;
        private readonly int rows, columns;

        public Matrix(Random random, int rows, int columns)
        {
            (this.rows, this.columns) = (rows, columns);
            memory = new NativeBuffer((long)rows * columns * sizeof(float));
            foreach (ref float x in memory.AsSpan<float>()) x = (float)(random.NextDouble() - 0.5);
        }

        public Span<float> Span => memory.AsSpan<float>();

        public MatrixView View => new((float*)memory.Pointer, rows, columns);

        public void Dispose() => memory.Dispose();
    }
}
