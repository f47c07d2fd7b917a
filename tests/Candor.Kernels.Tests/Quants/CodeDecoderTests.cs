using System.Runtime.Intrinsics.X86;
using Candor.Tensors;
using FsCheck.Xunit;

namespace Candor.Kernels.Tests.Quants;

public unsafe class CodeDecoderTests
{
    public static TheoryData<ElementType> QuantizedTypes =>
        [.. Enum.GetValues<ElementType>().Where(t => t.IsQuantized())];

    public static TheoryData<ElementType> VectorTypes =>
        [.. Enum.GetValues<ElementType>().Where(t => CodeDecoder.DecodeBlocksAvx2(t, null, 0, null, null, null))];

    [Theory]
    [MemberData(nameof(QuantizedTypes))]
    public void CodesScalesAndMinimaGiveWhatTheDequantizerGives(ElementType type)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            int columns = type.BlockElements() * (1 + seed);
            byte[] row = RandomRow(type, columns, seed);
            Decoded decoded = Decode(type, row, columns);
            float[] expected = new float[columns];
            fixed (byte* source = row)
            fixed (float* destination = expected)
                Dequantizer.ToFloat(type, source, destination, columns);

            for (int i = 0; i < columns; i++)
            {
                float value = decoded.Scales[i / 16] * decoded.Codes[i] + decoded.Mins[i / 16];
                if (float.IsNaN(expected[i])) Assert.True(float.IsNaN(value));
                else Assert.True(Math.Abs(value - expected[i]) <= 1e-6f * Math.Abs(expected[i]) || value == expected[i], $"{type}[{i}]: {value:R} instead of {expected[i]:R}");
                if (!type.ToString().StartsWith("Q8_", StringComparison.Ordinal)) Assert.NotEqual(-128, decoded.Codes[i]);
            }

            if (!CodeDecoder.HasMins(type)) Assert.All(decoded.Mins, m => Assert.Equal(0f, m));
        }
    }

    [Theory]
    [MemberData(nameof(VectorTypes))]
    public void VectorsGiveTheBitsOfTheScalarDecoder(ElementType type)
    {
        if (!Avx2.IsSupported) Assert.Skip("needs AVX2");
        for (int seed = 0; seed < 64; seed++)
        {
            int blocks = 1 + seed % 21, columns = type.BlockElements() * blocks;
            byte[] row = RandomRow(type, columns, seed);
            Decoded scalar = new(columns), vector = new(columns);
            fixed (byte* source = row)
            {
                fixed (sbyte* codes = scalar.Codes)
                fixed (float* scales = scalar.Scales, mins = scalar.Mins)
                    CodeDecoder.DecodeBlocksScalar(type, source, blocks, codes, scales, mins);
                fixed (sbyte* codes = vector.Codes)
                fixed (float* scales = vector.Scales, mins = vector.Mins)
                    Assert.True(CodeDecoder.DecodeBlocksAvx2(type, source, blocks, codes, scales, mins));
            }

            Assert.Equal(scalar.Codes, vector.Codes);
            AssertSameBits(scalar.Scales, vector.Scales);
            AssertSameBits(scalar.Mins, vector.Mins);
        }
    }

    [Property]
    public void ARowDecodesAsItsPartsDo(int seed, byte typeIndex, byte first, byte second)
    {
        ElementType[] types = [.. Enum.GetValues<ElementType>().Where(t => t.IsQuantized())];
        ElementType type = types[typeIndex % types.Length];
        int a = type.BlockElements() * (first % 12), b = type.BlockElements() * (second % 12);
        byte[] row = RandomRow(type, a + b, seed);
        Decoded whole = Decode(type, row, a + b);
        Decoded left = Decode(type, row[..(int)type.RowBytes(a)], a), right = Decode(type, row[(int)type.RowBytes(a)..], b);
        Assert.Equal(whole.Codes, left.Codes.Concat(right.Codes));
        AssertSameBits(whole.Scales, [.. left.Scales, .. right.Scales]);
        AssertSameBits(whole.Mins, [.. left.Mins, .. right.Mins]);
    }

    [Fact]
    public void WhatIsNotAWholeNumberOfBlocksOfAQuantizedTypeIsRefused()
    {
        byte* row = stackalloc byte[256];
        sbyte* codes = stackalloc sbyte[256];
        float* scales = stackalloc float[16];
        foreach (ElementType type in Enum.GetValues<ElementType>())
        {
            int columns = type.IsQuantized() ? type.BlockElements() - 1 : 16;
            Assert.Throws<ArgumentException>(() => CodeDecoder.Decode(type, row, columns, codes, scales, scales));
        }

        Assert.Throws<ArgumentException>(() => CodeDecoder.Decode(ElementType.Q4_0, row, -32, codes, scales, null));
        Assert.Throws<ArgumentException>(() => CodeDecoder.Decode((ElementType)4, row, 32, codes, scales, null));
        Assert.Throws<ArgumentNullException>(() => CodeDecoder.Decode(ElementType.Q4_K, row, 256, codes, scales, null));
    }

    [Fact]
    public void NoMemoryIsWrittenBeyondTheRow()
    {
        foreach (ElementType type in Enum.GetValues<ElementType>().Where(t => t.IsQuantized()))
        {
            int blocks = 9, columns = type.BlockElements() * blocks;
            byte[] row = RandomRow(type, columns, 5);
            var room = new Decoded(columns + 64);
            room.Codes.AsSpan().Fill(99);
            room.Scales.AsSpan().Fill(99);
            room.Mins.AsSpan().Fill(99);
            fixed (byte* source = row)
            fixed (sbyte* codes = room.Codes)
            fixed (float* scales = room.Scales, mins = room.Mins)
                CodeDecoder.Decode(type, source, columns, codes, scales, mins);
            Assert.All(room.Codes[columns..], c => Assert.Equal(99, c));
            Assert.All(room.Scales[(columns / 16)..], s => Assert.Equal(99f, s));
            Assert.All(room.Mins[(columns / 16)..], m => Assert.Equal(99f, m));
        }
    }

    private static byte[] RandomRow(ElementType type, int columns, int seed)
    {
        byte[] row = new byte[type.RowBytes(columns)];
        new Random(seed).NextBytes(row);
        return row;
    }

    private static Decoded Decode(ElementType type, byte[] row, int columns)
    {
        var decoded = new Decoded(columns);
        fixed (byte* source = row)
        fixed (sbyte* codes = decoded.Codes)
        fixed (float* scales = decoded.Scales, mins = decoded.Mins)
            CodeDecoder.Decode(type, source, columns, codes, scales, mins);
        return decoded;
    }

    private static void AssertSameBits(float[] expected, float[] actual) =>
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));

    private sealed class Decoded(int columns)
    {
        internal sbyte[] Codes { get; } = new sbyte[columns];
        internal float[] Scales { get; } = new float[columns / 16];
        internal float[] Mins { get; } = new float[columns / 16];
    }
}
