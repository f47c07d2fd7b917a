using Candor.Tensors;

namespace Candor.Kernels.Tests.Attention;

public unsafe class CacheRowsTests
{
    [Theory]
    [InlineData(ElementType.F32, 80, 320)]
    [InlineData(ElementType.F16, 80, 160)]
    [InlineData(ElementType.Q8_0, 64, 68)]
    [InlineData(ElementType.Q8_0, 80, 102)]
    [InlineData(ElementType.Q4_0, 80, 54)]
    public void AHeadTakesWholeBlocks(ElementType type, int size, int bytes) => Assert.Equal(bytes, CacheRows.HeadBytes(type, size));

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    public void ItLoadsWhatTheTypeMeans(ElementType type)
    {
        var random = new Random(3);
        float* source = stackalloc float[160], expected = stackalloc float[160], actual = stackalloc float[160];
        byte* stored = stackalloc byte[320];
        for (int size = 1; size <= 130; size++)
        {
            int elements = CacheRows.HeadElements(type, size);
            for (int i = 0; i < size; i++) source[i] = (float)(random.NextDouble() - 0.5) * 20;
            CacheRows.Store(type, source, stored, 1, size);
            Dequantizer.ToFloat(type, stored, expected, elements);
            CacheRows.Load(type, stored, actual, size);
            Assert.True(new Span<float>(expected, size).SequenceEqual(new Span<float>(actual, size)), $"{type} of {size}");
            double step = type switch { ElementType.F16 => 1 / 128.0, ElementType.Q8_0 => 10 / 127.0, _ => 10 / 7.0 };
            for (int i = 0; i < size; i++) Assert.InRange(actual[i] - source[i], -step, step);
        }
    }

    [Theory]
    [InlineData(ElementType.Q8_0, float.NaN)]
    [InlineData(ElementType.Q8_0, float.PositiveInfinity)]
    [InlineData(ElementType.Q4_0, float.NegativeInfinity)]
    [InlineData(ElementType.Q4_0, 1e30f)]
    public void WhatIsNoNumberStaysVisible(ElementType type, float value)
    {
        float* source = stackalloc float[40], loaded = stackalloc float[64];
        new Span<float>(source, 40).Fill(1);
        source[33] = value;
        byte* stored = stackalloc byte[CacheRows.HeadBytes(type, 40)];
        CacheRows.Store(type, source, stored, 1, 40);
        CacheRows.Load(type, stored, loaded, 40);
        for (int i = 0; i < 40; i++) Assert.True(float.IsNaN(loaded[i]));
    }
}
