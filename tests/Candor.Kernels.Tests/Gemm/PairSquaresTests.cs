using Candor.Kernels.Gemms;
using Candor.Tensors;

namespace Candor.Kernels.Tests.Gemm;

/// <summary>Pairs of bfloat16 that assembled code makes, against those made one by one.</summary>
public sealed unsafe class PairSquaresTests
{
    private const int Side = PairSquares.Side, Count = 3, Stride = 131, ToStride = 70;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void AreThoseOfTheirFloats(bool across, bool turns)
    {
        if (!PairSquares.IsSupported) Assert.Skip("this processor has no instructions for bfloat16");
        using NativeBuffer from = new(Count * 2 * Side * Stride * sizeof(float)), to = new(Count * Side * ToStride * sizeof(uint));
        var random = new Random(3);
        Span<float> floats = from.AsSpan<float>();
        foreach (ref float x in floats) x = (float)Math.ScaleB(random.NextDouble() - 0.5, random.Next(-60, 60));
        float[] special = [0, -0f, 1.00390625f, 1.01171875f, 3.4e38f, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1e-40f];
        special.CopyTo(floats);
        nint advance = across ? 2 * Side * Stride : 2 * Side, toAdvance = turns ? Side * (nint)ToStride : Side;
        PairSquares.Round((float*)from.Pointer, Stride, advance, (float*)to.Pointer, ToStride, toAdvance, Count, across, turns);
        var pairs = (uint*)to.Pointer;
        for (int square = 0; square < Count; square++)
            for (int row = 0; row < Side; row++)
                for (int pair = 0; pair < Side; pair++)
                {
                    float* at = (float*)from.Pointer + (square * advance);
                    float* first = across ? at + (2 * row * Stride) + pair : at + (row * Stride) + (2 * pair), second = across ? first + Stride : first + 1;
                    uint made = turns ? pairs[(square * toAdvance) + (pair * ToStride) + row] : pairs[(square * toAdvance) + (row * ToStride) + pair];
                    Same(*first, (ushort)made);
                    Same(*second, (ushort)(made >> 16));
                }
    }

    [Theory]
    [InlineData("EnableAVX512")]
    [InlineData("CANDOR_ASSEMBLED_CODE")]
    public void CanBeSwitchedOff(string name) => InstructionSets.Rerun(name, typeof(PairSquaresTests));

    [Fact]
    public void IsOffWhereTheSwitchesSaySo()
    {
        if (InstructionSets.IsChild) Assert.False(PairSquares.IsSupported || PanelPairs.IsSupported);
    }

    private static void Same(float expected, ushort actual)
    {
        if (float.IsNaN(expected)) Assert.True(float.IsNaN(HalfConversion.BFloat16ToSingle(actual)));
        else Assert.Equal(float.IsSubnormal(expected) ? (ushort)(float.IsNegative(expected) ? 0x8000 : 0) : HalfConversion.SingleToBFloat16(expected), actual);
    }
}
