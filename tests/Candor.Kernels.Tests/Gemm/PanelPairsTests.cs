using Candor.Kernels.Gemms;
using Candor.Kernels.Packing;
using Candor.Tensors;

namespace Candor.Kernels.Tests.Gemm;

/// <summary>Panels of pairs made of codes, against the rounded floats of the same weight.</summary>
public sealed unsafe class PanelPairsTests
{
    private const int Rows = 37, Stride = 32;

    public static TheoryData<ElementType> Types() => [.. Enum.GetValues<ElementType>().Where(t => t.IsQuantized() && Quantizer.CanWrite(t))];

    [Theory]
    [MemberData(nameof(Types))]
    public void HoldWhatTheWeightHolds(ElementType type)
    {
        if (!PanelPairs.IsSupported) Assert.Skip("this processor has no instructions for bfloat16");
        int block = type.BlockElements();
        foreach (int columns in (int[])[block, 3 * block, 5 * Math.Max(block, 256)])
        {
            using NativeBuffer floats = new((long)Rows * columns * sizeof(float)), stored = new(Rows * type.RowBytes(columns));
            var random = new Random(columns);
            foreach (ref float x in floats.AsSpan<float>()) x = (float)(random.NextDouble() - 0.5);
            Quantizer.FromFloat(type, (float*)floats.Pointer, stored.Pointer, (long)Rows * columns);
            Dequantizer.ToFloat(type, stored.Pointer, (float*)floats.Pointer, (long)Rows * columns);
            var weight = new WeightMatrix(type, Rows, columns, stored.Pointer);
            Check(weight, (float*)floats.Pointer);
            if (PackedFormat.Of(type) is null) continue;
            using var pool = new WorkerPool(1);
            using (PackedWeights.Of([weight], pool)) Check(weight, (float*)floats.Pointer);
        }
    }

    private static void Check(WeightMatrix weight, float* floats)
    {
        int columns = weight.Columns, first = columns > 512 && columns % 512 == 256 ? 256 : 0;
        using NativeBuffer scratch = new(PanelPairs.ScratchBytes), to = new((long)columns / 2 * Stride * sizeof(uint));
        for (int row = 0; row < Rows; row += PanelPairs.Rows)
        {
            PanelPairs.Pack(weight, row, (first, columns - first), (float*)to.Pointer, Stride, scratch.Pointer);
            for (int column = first; column < columns; column++)
                for (int r = 0; r < PanelPairs.Rows; r++)
                {
                    float expected = floats[((nint)Math.Min(row + r, Rows - 1) * columns) + column];
                    float actual = HalfConversion.BFloat16ToSingle(((ushort*)to.Pointer)[((((column - first) / 2 * Stride) + r) * 2) + (column & 1)]);

                    // Half a place of bfloat16, and what floats may differ in when scale and minimum are joined in one step.
                    Assert.True(Math.Abs(expected - actual) <= (Math.Abs(expected) / 256) + 1e-6f, $"{weight.Type} [{row + r}, {column}]: {actual} for {expected}");
                }
        }
    }
}
