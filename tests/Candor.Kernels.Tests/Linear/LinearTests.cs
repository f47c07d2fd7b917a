using Candor.Kernels;
using Candor.Kernels.Floats;
using Candor.Kernels.Gemms;
using Candor.Kernels.Integer;
using Candor.Kernels.Packing;
using Candor.Kernels.Limits;
using Candor.Tensors;

namespace Candor.Kernels.Tests.Linears;

/// <summary>Every weight type, in both modes, against a product in double precision over the dequantized weight.</summary>
public class LinearTests
{
    private static readonly int[] TokenCounts = [1, 2, 3, 5, 17, 40];

    public static TheoryData<ElementType> Types() =>
        [.. Enum.GetValues<ElementType>().Where(t => t.IsQuantized() || t is ElementType.F32 or ElementType.F16 or ElementType.BF16)];

    [Theory]
    [MemberData(nameof(Types))]
    public void FloatActivationsAreExact(ElementType type)
    {
        foreach ((int rows, int columns) in Shapes(type))
            foreach (int tokens in TokenCounts)
            {
                using var c = new Case(type, rows, columns, tokens);
                c.Check(ActivationMode.F32, 2e-6);
            }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void EightBitActivationsAreClose(ElementType type)
    {
        foreach ((int rows, int columns) in Shapes(type))
            foreach (int tokens in TokenCounts)
            {
                using var c = new Case(type, rows, columns, tokens);
                // A code of 8 bits errs by about 0.3 % of the product's size.
                c.Check(ActivationMode.Q8, 0.02);
            }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void SixteenBitActivationsAreNearExact(ElementType type)
    {
        foreach ((int rows, int columns) in Shapes(type))
            foreach (int tokens in TokenCounts)
            {
                using var c = new Case(type, rows, columns, tokens);
                // A step of 1/32767 errs by 1.5e-5 of the product's size; the rest is for the worst of thousands.
                c.Check(ActivationMode.Q16, 1.2e-4);
            }
    }

    [Theory]
    [InlineData(ActivationMode.F32)]
    [InlineData(ActivationMode.Q8)]
    [InlineData(ActivationMode.Q16)]
    public void BiasScaleAndAccumulateAreApplied(ActivationMode mode)
    {
        foreach (int tokens in TokenCounts)
        {
            using var plain = new Case(ElementType.Q4_1, 45, 2592, tokens);
            float[] product = plain.Run(mode);
            float[] bias = [.. Enumerable.Range(0, 45).Select(i => i * 0.25f)];
            float[] changed = plain.Run(mode, bias, accumulateFrom: 3, scale: -0.5f);
            for (int i = 0; i < product.Length; i++) Assert.Equal(3 - 0.5f * product[i] + bias[i % 45], changed[i], 1e-3f * Math.Max(1, Math.Abs(product[i])));
        }
    }

    [Theory]
    [InlineData(ActivationMode.F32)]
    [InlineData(ActivationMode.Q8)]
    [InlineData(ActivationMode.Q16)]
    public unsafe void SeveralTasksShareTheInput(ActivationMode mode)
    {
        using var a = new Case(ElementType.Q8_0, 70, 256, 7);
        using var b = new Case(ElementType.Q4_K, 33, 256, 7);
        float[] alone = a.Run(mode);
        using var pool = new WorkerPool(2);
        var first = new float[7 * 70];
        var second = new float[7 * 33];
        fixed (float* one = first, two = second)
            Linear.Multiply(pool, a.Input, 7, [new LinearTask(a.Weight, one, 70), new LinearTask(b.Weight, two, 33)], mode);
        Assert.Equal(alone, first);
        Assert.Contains(second, x => x != 0);
    }

    [Theory]
    [InlineData(ActivationMode.F32, 1)]
    [InlineData(ActivationMode.Q8, 1)]
    [InlineData(ActivationMode.Q8, 40)]
    [InlineData(ActivationMode.Q8, 70)]
    [InlineData(ActivationMode.Q16, 1)]
    [InlineData(ActivationMode.Q16, 40)]
    public unsafe void NothingIsAllocatedInSteadyState(ActivationMode mode, int tokens)
    {
        using var c = new Case(ElementType.Q4_1, 256, 576, tokens);
        Steady(c, mode, tokens);
        using (c.Pack()) Steady(c, mode, tokens);
    }

    private static unsafe void Steady(Case c, ActivationMode mode, int tokens)
    {
        using var pool = new WorkerPool(2);
        var output = new float[tokens * 256];
        fixed (float* y = output)
        {
            LinearTask[] tasks = [new LinearTask(c.Weight, y, 256)];
            for (int i = 0; i < 3; i++) Multiply();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20; i++) Multiply();
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

            void Multiply()
            {
                c.Input.MarkChanged();
                Linear.Multiply(pool, c.Input, tokens, tasks, mode);
            }
        }
    }

    [Theory]
    [InlineData("EnableAVX2")]
    [InlineData("EnableAVX")]
    [InlineData("EnableAVX512")]
    [InlineData("EnableHWIntrinsic")]
    [InlineData("CANDOR_ASSEMBLED_CODE")]
    public void HoldsWithInstructionSetsOff(string name) => InstructionSets.Rerun(name, typeof(LinearTests));

    [Fact]
    public void RoundingFollowsWhatHangsOnIt()
    {
        Assert.Equal(ActivationMode.F32, Linear.Resolve(ActivationMode.Q8, ElementType.F16, false, 512));
        Assert.Equal(ActivationMode.Q8, Linear.Resolve(ActivationMode.Q8, ElementType.Q4_0, true, 1));
        Assert.Equal(ActivationMode.Q16, Linear.Resolve(ActivationMode.Auto, ElementType.Q4_0, false, Linear.ManyTokens - 1));
        foreach (ActivationMode mode in (ActivationMode[])[ActivationMode.Auto, ActivationMode.Mixed])
        {
            Assert.Equal(ActivationMode.Q8, Linear.Resolve(mode, ElementType.Q4_0, false, Linear.ManyTokens));
            Assert.Equal(ActivationMode.Q16, Linear.Resolve(mode, ElementType.Q4_0, true, Linear.ManyTokens));
        }
    }

    [Theory]
    [InlineData(ActivationMode.F32, ElementType.BF16, false, 512, false, false)]
    [InlineData(ActivationMode.Q16, ElementType.BF16, false, 512, false, false)]
    [InlineData(ActivationMode.Auto, ElementType.BF16, false, Linear.ManyTokens - 1, false, false)]
    [InlineData(ActivationMode.Auto, ElementType.BF16, false, Linear.ManyTokens, true, false)]
    [InlineData(ActivationMode.Auto, ElementType.BF16, true, 512, false, true)]
    [InlineData(ActivationMode.Mixed, ElementType.BF16, false, 64, true, false)]
    [InlineData(ActivationMode.Mixed, ElementType.F16, false, 512, false, true)]
    [InlineData(ActivationMode.Q8, ElementType.F16, true, 512, true, false)]
    [InlineData(ActivationMode.Auto, ElementType.F16, false, Linear.ManyTokens, false, true)]
    [InlineData(ActivationMode.Auto, ElementType.F16, false, Linear.ManyTokens - 1, false, false)]
    public void FloatWeightsAreRoundedWhereTheyHaveNoMoreBitsOrSpeedIsAll(ActivationMode mode, ElementType type, bool steers, int tokens, bool rounds, bool splits) =>
        Assert.Equal(rounds ? FasterPrecision.Measured : MatrixTileKernel.IsSupported && splits ? ProductPrecision.SplitBFloat16 : ProductPrecision.Float32, Linear.Precision(mode, type, steers, tokens));

    /// <summary>Where there are tile registers quantized weights go there with many tokens, unless 16 bits or floats are asked for.</summary>
    [Theory]
    [InlineData(ActivationMode.F32, 512, false)]
    [InlineData(ActivationMode.Q16, 512, false)]
    [InlineData(ActivationMode.Auto, Linear.ManyTokens - 1, false)]
    [InlineData(ActivationMode.Auto, Linear.ManyTokens, true)]
    [InlineData(ActivationMode.Mixed, 64, true)]
    [InlineData(ActivationMode.Q8, 64, true)]
    [InlineData(ActivationMode.Q8, 16, false)]
    public void QuantizedWeightsGoToTileRegisters(ActivationMode mode, int tokens, bool goes)
    {
        bool expected = goes && MatrixTileKernel.IsSupported;
        foreach (bool steers in (bool[])[false, true])
            Assert.Equal(expected ? ProductPrecision.BFloat16 : ProductPrecision.Float32, Linear.Precision(mode, ElementType.Q4_K, steers, tokens));
        Assert.Equal(expected, Linear.TakesTiles(mode, ElementType.Q4_K, tokens));
        Assert.False(Linear.TakesTiles(mode, ElementType.F16, tokens));
    }

    /// <summary>Eight bits of a weight and of an activation err by less than codes of eight bits do, but where a block has one magnitude by the same in all of it.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void ManyTokensAreCloseInTileRegisters(ElementType type)
    {
        int block = Math.Max(32, type.BlockElements());
        foreach ((int rows, int columns) in ((int, int)[])[(37, 3 * block), (81, 5 * Math.Max(block, 256)), (16, block)])
        {
            using var c = new Case(type, rows, columns, 70);
            const double Most = 0.02;
            c.Check(ActivationMode.Q8, Most);
            float[] bias = [.. Enumerable.Range(0, rows).Select(i => i * 0.25f)], product = c.Run(ActivationMode.Q8), changed = c.Run(ActivationMode.Q8, bias, accumulateFrom: 3, scale: -0.5f);
            for (int i = 0; i < product.Length; i++) Assert.Equal(3 - 0.5f * product[i] + bias[i % rows], changed[i], 1e-3f * Math.Max(1, Math.Abs(product[i])));
            if (!PackedWeights.AreOfUse) continue;
            using (c.Pack())
            {
                c.Check(ActivationMode.Q8, Most);
                if (MatrixTileKernel.IsSupported) Assert.Equal(product, c.Run(ActivationMode.Q8));
            }
        }
    }

    [Fact]
    public void ManyTokensWithBFloat16GiveProductsOfRoundedActivations()
    {
        const int rows = 300, columns = 576, tokens = 130;
        using var c = new Case(ElementType.BF16, rows, columns, tokens);
        float[] exact = c.Run(ActivationMode.F32), rounded = c.Run(ActivationMode.Auto);
        double size = Math.Sqrt(exact.Average(x => (double)x * x)), error = Math.Sqrt(exact.Zip(rounded, (x, y) => Math.Pow(x - y, 2)).Average());

        // Eight bits of an activation: each product is off by up to a part in 512, in both directions.
        if (FasterPrecision.Measured == ProductPrecision.BFloat16) Assert.InRange(error, 2e-4 * size, 4e-3 * size);
        else Assert.Equal(exact, rounded);
    }

    /// <summary>Weights without a layout of their own are copied as they are, and are where they were again afterwards.</summary>
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.TQ2_0)]
    public unsafe void OtherWeightsAreCopiedAsTheyAre(ElementType type)
    {
        using var c = new Case(type, 70, 1024, 3);
        float[] expected = c.Run(ActivationMode.Q16);
        byte* before = c.Weight.Data;
        using (c.Pack())
        {
            Assert.True(before != c.Weight.Data);
            Assert.Equal(expected, c.Run(ActivationMode.Q16));
        }

        Assert.True(before == c.Weight.Data);
        Assert.Equal(expected, c.Run(ActivationMode.Q16));
    }

    [Fact]
    public unsafe void CopiesOfWeightsLieApart()
    {
        using Case first = new(ElementType.F16, 5, 51, 1), second = new(ElementType.Q8_0, 9, 64, 1);
        using var memory = new WeightMemory();
        WeightMatrix[] kept = [memory.Keep(first.Weight), memory.Keep(second.Weight)];
        foreach ((WeightMatrix copy, WeightMatrix from) in kept.Zip([first.Weight, second.Weight]))
        {
            Assert.Equal((from.Type, from.Rows, from.Columns), (copy.Type, copy.Rows, copy.Columns));
            Assert.Equal(0, (nint)copy.Data % 64);
            Assert.Equal(new ReadOnlySpan<byte>(from.Data, from.Rows * (int)from.RowBytes), new ReadOnlySpan<byte>(copy.Data, copy.Rows * (int)copy.RowBytes));
        }
    }

    public static TheoryData<ElementType> PackedTypes() => [.. Enum.GetValues<ElementType>().Where(t => PackedFormat.Of(t) is not null)];

    /// <summary>What a token gets does not depend on those beside it, to the last bit, while they are few.</summary>
    [Theory]
    [MemberData(nameof(PackedTypes))]
    public unsafe void ATokenGetsTheSameAmongOthers(ElementType type)
    {
        if (!PackedWeights.AreOfUse) return; // Nothing is packed then.
        const int Rows = 813;
        using var c = new Case(type, Rows, 512, PackedKernel.MostTokens);
        using PackedWeights packed = c.Pack();
        foreach (ActivationMode mode in (ActivationMode[])[ActivationMode.Q8, ActivationMode.Q16])
        {
            float[] all = c.Run(mode);
            for (int tokens = 1; tokens < PackedKernel.MostTokens; tokens++)
            {
                float[] few = c.Run(mode, count: tokens);
                Assert.True(few.AsSpan().SequenceEqual(all.AsSpan(0, tokens * Rows)), $"{type} {mode}: {tokens} tokens");
            }
        }
    }

    /// <summary>A row read from a packed copy has the bits that it has in the file.</summary>
    [Theory]
    [MemberData(nameof(PackedTypes))]
    public unsafe void RowsComeOutOfPackedCopiesAsTheyWere(ElementType type)
    {
        if (!PackedWeights.AreOfUse) return; // Nothing is packed then.
        foreach ((int rows, int columns) in ((int, int)[])[(16, type.BlockElements()), (37, 3 * type.BlockElements()), (45, 9 * 256)])
        {
            using var c = new Case(type, rows, columns, 1);
            float[] expected = new float[columns], actual = new float[columns];
            using PackedWeights copies = c.Pack();
            for (int row = 0; row < rows; row++)
                fixed (float* before = expected, after = actual)
                {
                    Dequantizer.ToFloat(type, c.Weight.Data + (row * c.Weight.RowBytes), before, columns);
                    c.Weight.ReadRow(row, after);
                    Assert.True(expected.AsSpan().SequenceEqual(actual), $"{type} [{rows}, {columns}]: row {row}");
                }
        }
    }

    /// <summary>Panels that are read side by side get what each gets alone, to the last bit, added or not.</summary>
    [Theory]
    [MemberData(nameof(PackedTypes))]
    public unsafe void PanelsSideBySideGetTheSame(ElementType type)
    {
        if (!PackedWeights.AreOfUse) return; // Nothing is packed then.
        const int Rows = 12 * PackedFormat.Rows, Columns = 768;
        using var c = new Case(type, Rows, Columns, 1);
        using PackedWeights copies = c.Pack();
        using var pool = new WorkerPool(1);
        PackedWeight packed = c.Weight.Packed!;
        float* alone = stackalloc float[Rows], together = stackalloc float[Rows];
        foreach (int planes in (int[])[1, 2])
            foreach ((int panels, int apart) in ((int, int)[])[(2, 1), (2, 3), (2, 6), (4, 1), (4, 3)])
                foreach (bool accumulate in (bool[])[false, true])
                {
                    ActivationBlocks blocks = c.Input.Blocks(pool, 1, new BlockLayout(PackedKernel.Width(1), planes));
                    for (int i = 0; i < Rows; i++) alone[i] = together[i] = i * 0.5f;
                    for (int p = 0; p < panels * apart; p++) PackedKernel.Multiply(packed, p, Columns, blocks, 1, To(alone, p));
                    for (int p = 0; p < apart; p++) PackedKernel.MultiplySideBySide(packed, p, panels, apart, Columns, blocks, To(together, p));
                    Assert.True(new ReadOnlySpan<float>(alone, Rows).SequenceEqual(new ReadOnlySpan<float>(together, Rows)), $"{type}: {panels} panels {apart} apart, {planes} planes");

                    PanelOutput To(float* results, int panel) => new() { Output = results + (panel * PackedFormat.Rows), Stride = Rows, Rows = PackedFormat.Rows, Scale = 0.75f, Accumulate = accumulate };
                }
    }

    /// <summary>In whichever order stored rows are read, they give the same to the last bit.</summary>
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public unsafe void StoredRowsGiveTheSameInEachOrder(ElementType type)
    {
        using var c = new Case(type, 8, 608, RowCode.MostTokens);
        if (!RowCode.Serves(c.Weight)) return; // This processor multiplies them otherwise.
        float* single = stackalloc float[RowCode.Rows * RowCode.MostTokens], sideBySide = stackalloc float[RowCode.Rows * RowCode.MostTokens];
        for (int tokens = 1; tokens <= RowCode.MostTokens; tokens++)
            foreach (int row in (int[])[0, 4])
            {
                RowCode.Multiply(c.Weight, row, c.Input.Values, tokens, single, sideBySide: false);
                RowCode.Multiply(c.Weight, row, c.Input.Values, tokens, sideBySide, sideBySide: true);
                Assert.True(new ReadOnlySpan<float>(single, RowCode.Rows * tokens).SequenceEqual(new ReadOnlySpan<float>(sideBySide, RowCode.Rows * tokens)), $"{type}: {tokens} tokens, row {row}");
            }
    }

    /// <summary>Packed copies hold the same numbers; only the order of sums differs.</summary>
    [Theory]
    [MemberData(nameof(PackedTypes))]
    public void PackedCopiesGiveTheSame(ElementType type)
    {
        if (!PackedWeights.AreOfUse) return; // Nothing is packed then.
        int block = type.BlockElements();
        foreach ((int rows, int columns) in ((int, int)[])[(16, block), (37, 3 * block), (64, 5 * 256), (21, 9 * 256)])
            foreach (int tokens in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 40])
            {
                using var c = new Case(type, rows, columns, tokens);
                foreach (ActivationMode mode in (ActivationMode[])[ActivationMode.Q8, ActivationMode.Q16])
                {
                    float[] bias = [.. Enumerable.Range(0, rows).Select(i => i * 0.25f)];
                    float[] expected = c.Run(mode), changed = c.Run(mode, bias, 3, -0.5f);
                    using (c.Pack())
                    {
                        c.Check(mode, mode == ActivationMode.Q8 ? 0.02 : 1.2e-4);
                        Close(expected, c.Run(mode), $"{type} [{rows}, {columns}] {mode}, {tokens} tokens");
                        Close(changed, c.Run(mode, bias, 3, -0.5f), $"{type} [{rows}, {columns}] {mode}, {tokens} tokens, with bias");
                    }

                    Assert.Equal(expected, c.Run(mode));
                }
            }
    }

    private static void Close(float[] expected, float[] actual, string what)
    {
        double size = Math.Sqrt(expected.Average(x => (double)x * x));
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-5 * size, $"{what}: {actual[i]} for {expected[i]} at {i}");
    }

    private static IEnumerable<(int Rows, int Columns)> Shapes(ElementType type)
    {
        int block = Math.Max(32, type.BlockElements());
        yield return (5, block);
        yield return (37, 3 * block);
        yield return (64, 576 / block * block is 0 ? 2 * block : 576 / block * block);
        if (block == 32) yield return (9, 2592); // Wider than a panel, and not a multiple of four blocks.
        if (type.IsQuantized()) yield break;
        yield return (11, 51);

        // Large enough for sums in float32, and for products in blocks.
        yield return (131, 608);
        yield return (70, 1003);
    }

    private sealed unsafe class Case : IDisposable
    {
        private readonly NativeBuffer memory;
        private readonly int tokens;
        private readonly WorkerPool pool = new(2);

        public Case(ElementType type, int rows, int columns, int tokens)
        {
            this.tokens = tokens;
            var random = new Random(rows * 31 + columns + (int)type);
            memory = new NativeBuffer(type.RowBytes(columns) * rows);
            Weight = new WeightMatrix(type, rows, columns, memory.Pointer);
            Fill(type, random, memory);
            Input = new ActivationRows(tokens, columns);
            for (int i = 0; i < tokens * columns; i++) Input.Values[i] = (float)(random.NextDouble() * 2 - 1);
        }

        public WeightMatrix Weight { get; }

        public ActivationRows Input { get; }

        public PackedWeights Pack() => PackedWeights.Of([Weight], pool);

        public float[] Run(ActivationMode mode, float[]? bias = null, float? accumulateFrom = null, float scale = 1, int? count = null)
        {
            var output = new float[(count ?? tokens) * Weight.Rows];
            if (accumulateFrom is { } start) Array.Fill(output, start);
            fixed (float* y = output, b = bias)
                Linear.Multiply(pool, Input, count ?? tokens, [new LinearTask(Weight, y, Weight.Rows) { Bias = b, Accumulate = accumulateFrom is not null, Scale = scale }], mode);
            return output;
        }

        public void Check(ActivationMode mode, double relative)
        {
            float[] actual = Run(mode);
            var row = new float[Weight.Columns];
            for (int r = 0; r < Weight.Rows; r++)
            {
                fixed (float* p = row) Dequantizer.ToFloat(Weight.Type, Weight.Data + r * Weight.RowBytes, p, row.Length);
                for (int t = 0; t < tokens; t++)
                {
                    double expected = 0, size = 0;
                    for (int c = 0; c < row.Length; c++)
                    {
                        double product = (double)row[c] * Input.Values[(nint)t * row.Length + c];
                        expected += product;
                        size += product * product;
                    }

                    double difference = Math.Abs(expected - actual[t * Weight.Rows + r]);
                    Assert.True(difference <= relative * Math.Sqrt(size) * (mode == ActivationMode.F32 ? Math.Sqrt(row.Length) : 1) + 1e-30,
                        $"{Weight.Type} [{Weight.Rows}, {Weight.Columns}] {mode}, {tokens} tokens: row {r} token {t}: {actual[t * Weight.Rows + r]} for {expected} (size {Math.Sqrt(size)})");
                }
            }
        }

        public void Dispose()
        {
            Input.Dispose();
            pool.Dispose();
            memory.Dispose();
        }

        /// <summary>Weights of a sane size: written by the quantizer where it need not search, else random codes under small half scales.</summary>
        private static void Fill(ElementType type, Random random, NativeBuffer memory)
        {
            long count = memory.Length / type.BlockBytes() * type.BlockElements();
            if (Quantizer.CanWrite(type) && !Quantizer.UsesImportance(type))
            {
                var values = new float[count];
                for (int i = 0; i < values.Length; i++) values[i] = (float)((random.NextDouble() - 0.4) * 3);
                fixed (float* p = values) Quantizer.FromFloat(type, p, memory.Pointer, count);
                return;
            }

            random.NextBytes(memory.AsSpan<byte>());
            var check = new float[type.BlockElements()];
            for (long b = 0; b < memory.Length / type.BlockBytes(); b++)
            {
                byte* block = memory.Pointer + b * type.BlockBytes();
                // Scales that random bytes make infinite or huge would drown everything else: draw such blocks again.
                while (true)
                {
                    fixed (float* p = check) Dequantizer.ToFloat(type, block, p, check.Length);
                    if (check.All(x => float.IsFinite(x) && Math.Abs(x) < 100) && check.Any(x => Math.Abs(x) > 1e-3)) break;
                    random.NextBytes(new Span<byte>(block, type.BlockBytes()));
                }
            }
        }
    }
}
