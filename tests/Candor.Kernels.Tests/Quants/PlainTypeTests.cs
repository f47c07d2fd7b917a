using System.Runtime.InteropServices;
using Candor.Tensors;
using FsCheck.Xunit;

namespace Candor.Kernels.Tests.Quants;

public unsafe class PlainTypeTests
{
    [Property]
    public void NumbersConvertAsTheLanguageDoes(long[] values)
    {
        Check(ElementType.I8, values.Select(v => (sbyte)v), v => v);
        Check(ElementType.I16, values.Select(v => (short)v), v => v);
        Check(ElementType.I32, values.Select(v => (int)v * 48271), v => v);
        Check(ElementType.I64, values.Select(v => v * 6364136223846793005), v => v);
        Check(ElementType.U8, values.Select(v => (byte)v), v => v);
        Check(ElementType.U16, values.Select(v => (ushort)v), v => v);
        Check(ElementType.U32, values.Select(v => (uint)v * 48271), v => v);
        Check(ElementType.U64, values.Select(v => (ulong)v * 6364136223846793005), v => v);
        Check(ElementType.Bool, values.Select(v => (byte)(v & 3)), v => v == 0 ? 0 : 1);
        Check(ElementType.F64, values.Select(v => BitConverter.Int64BitsToDouble(v * 6364136223846793005)), v => (float)v);
        Check(ElementType.F32, values.Select(v => BitConverter.Int32BitsToSingle((int)v * 48271)), v => v);
    }

    [Fact]
    public void EightBitActivationsAreTheirScaleTimesTheirCode()
    {
        byte[] block = new byte[36];
        BitConverter.TryWriteBytes(block, (Half)0.25f);
        BitConverter.TryWriteBytes(block.AsSpan(2), (Half)1000f);
        for (int i = 0; i < 32; i++) block[4 + i] = (byte)(i - 16);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (i - 16) * 0.25f), ToFloat(ElementType.Q8_1, block, 32));

        byte[] superBlock = new byte[292];
        BitConverter.TryWriteBytes(superBlock, 0.1f);
        for (int i = 0; i < 256; i++) superBlock[4 + i] = (byte)(i - 128);
        Assert.Equal(Enumerable.Range(0, 256).Select(i => (i - 128) * 0.1f), ToFloat(ElementType.Q8_K, superBlock, 256));
    }

    [Fact]
    public void SmallFloatsHaveTheValuesOfTheirSpecifications()
    {
        Assert.Equal(
            [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6],
            ToFloat(ElementType.F4, [0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE], 16));
        // Codes 1, 31, 32 + 8 and 63 of six bits, from the lowest bit on.
        int packed = 1 | 31 << 6 | 40 << 12 | 63 << 18;
        byte[] bytes = [(byte)packed, (byte)(packed >> 8), (byte)(packed >> 16)];
        Assert.Equal([0.125f, 7.5f, -1, -7.5f], ToFloat(ElementType.F6_E2M3, bytes, 4));
        Assert.Equal([0.0625f, 28, -0.5f, -28], ToFloat(ElementType.F6_E3M2, bytes, 4));
        Assert.Equal([MathF.ScaleB(1, -127), 1, MathF.ScaleB(1, 127), float.NaN], ToFloat(ElementType.F8_E8M0, [0, 127, 254, 255], 4));
        Assert.Equal([0, MathF.ScaleB(1, -10), 1, 240, -240, float.NaN], ToFloat(ElementType.F8_E4M3FNUZ, [0, 1, 0x40, 0x7F, 0xFF, 0x80], 6));
        Assert.Equal([0, MathF.ScaleB(1, -17), 1, 57344, -57344, float.NaN], ToFloat(ElementType.F8_E5M2FNUZ, [0, 1, 0x40, 0x7F, 0xFF, 0x80], 6));
    }

    [Fact]
    public void UnknownTypesNegativeCountsAndPartialBlocksAreRefused()
    {
        byte* source = stackalloc byte[64];
        float* destination = stackalloc float[64];
        Assert.Throws<ArgumentOutOfRangeException>(() => Dequantizer.ToFloat((ElementType)4, source, destination, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => Dequantizer.ToFloat(ElementType.F32, source, destination, -1));
        Assert.Throws<ArgumentException>(() => Dequantizer.ToFloat(ElementType.Q4_0, source, destination, 31));
        foreach (ElementType type in Enum.GetValues<ElementType>())
            if (type != ElementType.C64) Dequantizer.ToFloat(type, source, destination, 0);
        Assert.Throws<NotSupportedException>(() => Dequantizer.ToFloat(ElementType.C64, source, destination, 1));
        Assert.Throws<ArgumentException>(() => Dequantizer.ToFloat(ElementType.F6_E2M3, source, destination, 6));
    }

    private static void Check<T>(ElementType type, IEnumerable<T> values, Func<T, float> expected) where T : unmanaged
    {
        T[] array = [.. values];
        float[] actual = ToFloat(type, MemoryMarshal.AsBytes(array.AsSpan()).ToArray(), array.Length);
        Assert.Equal(array.Select(expected), actual);
    }

    private static float[] ToFloat(ElementType type, byte[] bytes, int count)
    {
        float[] values = new float[count];
        fixed (byte* source = bytes)
        fixed (float* destination = values)
            Dequantizer.ToFloat(type, source, destination, count);
        return values;
    }
}
