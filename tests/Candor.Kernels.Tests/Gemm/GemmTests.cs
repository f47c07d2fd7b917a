using Candor.Kernels.Gemms;
using Candor.Tensors;

namespace Candor.Kernels.Tests.Gemm;

/// <summary>Matrix products of every layout and shape against sums in float64.</summary>
public sealed unsafe class GemmTests
{
    private static readonly (int M, int K, int N)[] Shapes = [(1, 1, 1), (3, 5, 7), (6, 8, 16), (12, 256, 32), (97, 300, 65), (13, 513, 130), (200, 64, 48), (5, 1000, 3)];

    [Theory]
    [InlineData("scalar")]
    [InlineData("256")]
    [InlineData("512")]
    public void EveryLayoutGivesTheSums(string kernel)
    {
        using var pool = new WorkerPool(2);
        using var gemm = new Kernels.Gemm(pool);
        var random = new Random(7);
        foreach ((int m, int k, int n) in Shapes)
            foreach (bool left in (bool[])[false, true])
                foreach (bool right in (bool[])[false, true])
                    foreach (bool add in (bool[])[false, true])
                    {
                        using Matrix a = new(random, left ? k : m, left ? m : k), b = new(random, right ? n : k, right ? k : n), c = new(random, m, n), d = new(random, m, n);
                        MatrixView va = left ? a.View.Transposed : a.View, vb = right ? b.View.Transposed : b.View;
                        double[] expected = Expected(va, vb, c, 0.5, add);
                        c.Span.CopyTo(d.Span);
                        if (kernel == "scalar") gemm.Run<ScalarKernel>(va, vb, c.View, 0.5f, add);
                        else if (kernel == "256") gemm.Run<Avx2Kernel>(va, vb, c.View, 0.5f, add);
                        else gemm.Run<Avx512Kernel>(va, vb, c.View, 0.5f, add);
                        Near(expected, c.Span, k);
                        using var scratch = new NativeBuffer(Kernels.Gemm.ScratchFloats(k, n) * sizeof(float));
                        Kernels.Gemm.MultiplyHere(va, vb, d.View, (float*)scratch.Pointer, 0.5f, add);
                        Near(expected, d.Span, k);
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
        using var gemm = new Kernels.Gemm(pool);
        var random = new Random(11);
        int block = type.BlockElements();
        foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 1, 1), (7, 5, 3), (40, 70, 9), (97, 33, 20)])
        {
            int columns = k * block;
            using Matrix floats = new(random, n, columns), a = new(random, m, columns), back = new(random, m, n), c = new(random, m, n), d = new(random, m, n), e = new(random, m, columns), f = new(random, m, columns);
            using var stored = new NativeBuffer(n * type.RowBytes(columns));
            Quantizer.FromFloat(type, (float*)floats.View.Data, stored.Pointer, (long)n * columns);
            Dequantizer.ToFloat(type, stored.Pointer, (float*)floats.View.Data, (long)n * columns);
            var weight = new WeightMatrix(type, n, columns, stored.Pointer);
            foreach (string kernel in (string[])["scalar", "256", "512"])
            {
                Products(a.View, new StoredView(weight, true), c.View, kernel, gemm);
                Products(a.View, floats.View.Transposed, d.View, kernel, gemm);
                Assert.Equal(d.Span, c.Span);
                Products(back.View, new StoredView(weight, false), e.View, kernel, gemm);
                Products(back.View, floats.View, f.View, kernel, gemm);
                Assert.Equal(f.Span, e.Span);
            }
        }

        static void Products<TRight>(MatrixView a, TRight b, MatrixView c, string kernel, Kernels.Gemm gemm)
        {
            switch (kernel, b)
            {
                case ("scalar", StoredView s): gemm.Run<ScalarKernel>(a, s, c, 1, false); break;
                case ("256", StoredView s): gemm.Run<Avx2Kernel>(a, s, c, 1, false); break;
                case (_, StoredView s): gemm.Run<Avx512Kernel>(a, s, c, 1, false); break;
                case ("scalar", MatrixView v): gemm.Run<ScalarKernel>(a, v, c, 1, false); break;
                case ("256", MatrixView v): gemm.Run<Avx2Kernel>(a, v, c, 1, false); break;
                case (_, MatrixView v): gemm.Run<Avx512Kernel>(a, v, c, 1, false); break;
            }
        }
    }

    [Fact]
    public void ShapesThatDoNotFitAreRefused()
    {
        using var pool = new WorkerPool(1);
        using var gemm = new Kernels.Gemm(pool);
        using Matrix a = new(new Random(1), 2, 3), b = new(new Random(1), 2, 3), c = new(new Random(1), 2, 3);
        Assert.Throws<ArgumentException>(() => gemm.Multiply(a.View, b.View, c.View));
    }

    private static double[] Expected(MatrixView a, MatrixView b, Matrix c, double alpha, bool add)
    {
        var sums = new double[a.Rows * b.Columns];
        for (int i = 0; i < a.Rows; i++)
            for (int j = 0; j < b.Columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < a.Columns; k++) sum += (double)*a.At(i, k) * *b.At(k, j);
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
