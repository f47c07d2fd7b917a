using Candor.Kernels.Attention;
using Candor.Tensors;

namespace Candor.Kernels.Tests.Attention;

public unsafe class CachePanelsTests
{
    [Theory]
    [InlineData(ElementType.F32, 80, 96 * 4)]
    [InlineData(ElementType.F16, 80, 96 * 2)]
    [InlineData(ElementType.Q8_0, 64, 68)]
    [InlineData(ElementType.Q8_0, 80, 102)]
    [InlineData(ElementType.Q4_0, 80, 54)]
    public void AHeadTakesWholeBlocks(ElementType type, int size, int bytes) => Assert.Equal(16 * bytes, CachePanels.Bytes(type, size));

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    public void EveryPositionComesBackAsTheTypeMeansIt(ElementType type)
    {
        var random = new Random(3);
        for (int size = 1; size <= 130; size++)
        {
            int padded = CachePanels.Padded(size);
            using NativeBuffer keys = new(CachePanels.Bytes(type, size)), values = new(CachePanels.Bytes(type, size)), memory = new(sizeof(float) * 6L * 16 * padded);
            float* source = (float*)memory.Pointer, expected = source + (16 * padded), key = expected + (16 * padded), value = key + padded, columns = value + padded, rows = columns + (16 * padded);
            for (int p = 0; p < 16; p++)
            {
                for (int i = 0; i < size; i++) source[(p * padded) + i] = (float)(random.NextDouble() - 0.5) * 20;
                using var stored = new NativeBuffer(padded * 4);
                Quantizer.FromFloat(type, source + (p * padded), stored.Pointer, padded);
                Dequantizer.ToFloat(type, stored.Pointer, expected + (p * padded), padded);
                CachePanels.StoreKey(type, keys.Pointer, p, source + (p * padded), size);
                CachePanels.StoreValue(type, values.Pointer, p, source + (p * padded), size);
            }

            Whole(type, keys.Pointer, values.Pointer, size, columns, rows);
            for (int p = 0; p < 16; p++)
            {
                CachePanels.LoadKey(type, keys.Pointer, p, key, size);
                CachePanels.LoadValue(type, values.Pointer, p, value, size);
                var right = new Span<float>(expected + (p * padded), size);
                Assert.True(right.SequenceEqual(new Span<float>(key, size)) && right.SequenceEqual(new Span<float>(value, size)), $"{type} of {size}");
                for (int i = 0; i < size; i++)
                {
                    Assert.Equal(right[i], columns[(i * 16) + p]);
                    Assert.Equal(right[i], rows[(p * padded) + i]);
                }
            }
        }
    }

    private static void Whole(ElementType type, byte* keys, byte* values, int size, float* columns, float* rows)
    {
        switch (type)
        {
            case ElementType.F32: Whole<SingleCache>(keys, values, size, columns, rows); break;
            case ElementType.F16: Whole<HalfCache>(keys, values, size, columns, rows); break;
            case ElementType.Q8_0: Whole<ByteCache>(keys, values, size, columns, rows); break;
            default: Whole<NibbleCache>(keys, values, size, columns, rows); break;
        }
    }

    private static void Whole<T>(byte* keys, byte* values, int size, float* columns, float* rows)
        where T : struct, ICacheFormat
    {
        PanelProducts<T>.Keys(keys, size, columns, 16);
        int padded = CachePanels.Padded(size);
        using var panels = new NativeBuffer((long)sizeof(float) * CachePanels.Positions * padded);
        foreach (int width in (int[])[16, CachePanels.Block])
        {
            PanelProducts<T>.Values(values, size, (float*)panels.Pointer, width, CachePanels.Positions * width);
            for (int p = 0; p < CachePanels.Positions; p++)
                for (int e = 0; e < size; e++) rows[(p * padded) + e] = ((float*)panels.Pointer)[(e / width * CachePanels.Positions * width) + (p * width) + (e % width)];
        }
    }

    [Theory]
    [InlineData(ElementType.F16, float.NaN)]
    [InlineData(ElementType.F16, 1e6f)]
    [InlineData(ElementType.Q8_0, float.NaN)]
    [InlineData(ElementType.Q8_0, float.PositiveInfinity)]
    [InlineData(ElementType.Q4_0, float.NegativeInfinity)]
    [InlineData(ElementType.Q4_0, 1e30f)]
    public void WhatIsNoNumberStaysVisible(ElementType type, float value)
    {
        float* source = stackalloc float[40], loaded = stackalloc float[40], columns = stackalloc float[64 * 16], rows = stackalloc float[64 * 16];
        new Span<float>(source, 40).Fill(1);
        source[33] = value;
        using NativeBuffer keys = new(CachePanels.Bytes(type, 40)), values = new(CachePanels.Bytes(type, 40));
        CachePanels.StoreKey(type, keys.Pointer, 3, source, 40);
        CachePanels.StoreValue(type, values.Pointer, 3, source, 40);
        Whole(type, keys.Pointer, values.Pointer, 40, columns, rows);
        CachePanels.LoadKey(type, keys.Pointer, 3, loaded, 40);
        for (int i = 0; i < 40; i++)
        {
            Assert.True(float.IsNaN(loaded[i]));
            Assert.True(float.IsNaN(columns[(i * 16) + 3]));
            Assert.True(float.IsNaN(rows[(3 * 64) + i]));
        }
    }
}
