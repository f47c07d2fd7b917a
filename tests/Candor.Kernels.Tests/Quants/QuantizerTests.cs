using System.Text.Json;
using Candor.Tensors;
using FsCheck.Xunit;

namespace Candor.Kernels.Tests.Quants;

public unsafe class QuantizerTests
{
    private static readonly ElementType[] Quantized =
        [.. Enum.GetValues<ElementType>().Where(t => t.IsQuantized() && Quantizer.CanWrite(t))];

    /// <summary>Types with one natural algorithm.</summary>
    private static readonly ElementType[] Natural = [.. Quantized.Except(SearchingQuantizerTests.Searched)];

    public static TheoryData<string> GoldenTypes => Shared.Rows(
        Goldens.Types("quantize.safetensors", ".plain").Where(t => Natural.Contains(Goldens.Type(t))));

    public static TheoryData<ElementType> ExactTypes =>
        [.. Enum.GetValues<ElementType>().Where(t => Quantizer.CanWrite(t) && (!t.IsQuantized() || t is ElementType.TQ1_0 or ElementType.TQ2_0))];

    [Theory]
    [MemberData(nameof(GoldenTypes))]
    public void RowsQuantizeToTheGoldenBytes(string name)
    {
        SafetensorsFile file = Goldens.Open("quantize.safetensors");
        using JsonDocument facts = JsonDocument.Parse(File.ReadAllText(Shared.RequireOracle("quants", "quantize.json")));
        ElementType type = Goldens.Type(name);
        float[] source = file.Values<float>("source");
        int columns = file.Shape("source")[1], compared = 0;
        int rowBytes = (int)type.RowBytes(columns);
        byte[] golden = file.Bytes(name + ".plain");
        JsonElement measured = facts.RootElement.GetProperty("types").GetProperty(name + ".plain").GetProperty("rows");

        int r = -1;
        foreach (string row in facts.RootElement.GetProperty("rows").EnumerateArray().Select(e => e.GetString()!))
        {
            float[] values = source[(++r * columns)..((r + 1) * columns)];
            JsonElement rmse = measured.GetProperty(row).GetProperty("rmse");
            if (rmse.ValueKind == JsonValueKind.Null)
            {
                AssertFiniteOrRefused(type, values);
                continue;
            }

            byte[] bytes = Quantize(type, values);
            float[] back = Dequantize(type, bytes, columns);
            double error = Math.Sqrt(values.Zip(back, (v, w) => ((double)v - w) * ((double)v - w)).Average());
            Assert.True(error <= rmse.GetDouble() * (1 + 1e-6), $"{name}, row {row}: error {error:R}, llama.cpp's {rmse.GetDouble():R}");
            // Below the range of E8M0 its exponent wraps around in ggml, and is clamped here.
            if (type == ElementType.MXFP4 && values.Max(MathF.Abs) < MathF.ScaleB(1, -125)) continue;
            Assert.True(bytes.AsSpan().SequenceEqual(golden.AsSpan(r * rowBytes, rowBytes)), $"{name}, row {row}: other bytes");
            compared++;
        }

        Assert.True(compared > 0);
        GoldenTable.Passed("quants", name, "quantize", compared);
    }

    [Property(MaxTest = 300)]
    public void WhatATypeHoldsComesBackWithinItsStep(int seed, byte typeIndex, sbyte magnitude)
    {
        ElementType type = Natural[typeIndex % Natural.Length];
        var random = new Random(seed);
        float scale = MathF.ScaleB(1, magnitude % 10);
        float[] values = [.. Enumerable.Range(0, 512).Select(_ => (random.NextSingle() - 0.5f) * scale)];
        float[] back = Dequantize(type, Quantize(type, values), values.Length);
        float largest = values.Max(MathF.Abs);
        // Half a step of each type relative to the block's largest magnitude, with room for the half-precision scale.
        float step = type switch
        {
            ElementType.Q8_0 => 1f / 254,
            ElementType.Q5_1 => 1f / 31,
            ElementType.Q5_0 => 1f / 16,
            ElementType.Q4_1 => 1f / 15,
            ElementType.Q4_0 => 1f / 8,
            // 8 is cut to 6; else half of the step from 4 to 6.
            ElementType.MXFP4 => 1f / 4,
            _ => 1f / 2,
        };
        for (int i = 0; i < values.Length; i++)
            Assert.True(MathF.Abs(back[i] - values[i]) <= (step + 0.001f) * largest + 1e-5f, $"{type}: {values[i]:R} came back as {back[i]:R}");
    }

    [Property(MaxTest = 300)]
    public void AnyBitsGiveFiniteBlocksOrATypedRefusal(int seed, byte typeIndex, bool onlyFinite)
    {
        ElementType type = Quantized[typeIndex % Quantized.Length];
        var random = new Random(seed);
        float[] values = [.. Enumerable.Range(0, 256).Select(_ =>
        {
            float value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            return onlyFinite && !float.IsFinite(value) ? 0 : value;
        })];
        AssertFiniteOrRefused(type, values);
    }

    [Theory]
    [MemberData(nameof(ExactTypes))]
    public void SignsSurviveARoundTrip(ElementType type)
    {
        float[] values = [.. Enumerable.Range(0, 256).Select(i => (float)((i * 7 % 3) - 1))];
        Assert.Equal(values, Dequantize(type, Quantize(type, values), values.Length));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void WhatIsNotFiniteIsRefusedByNameAndPlace(float value)
    {
        foreach (ElementType type in Quantized)
        {
            float[] values = new float[512];
            values[300] = value;
            QuantizationException refusal = Assert.Throws<QuantizationException>(() => Quantize(type, values));
            Assert.Equal((type, 300), (refusal.Type, refusal.Index));
            Assert.Contains($"element 300 cannot be stored as {type}", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ElementType.F16, 65519.99f, 65520f)]
    [InlineData(ElementType.BF16, 3.38953e38f, 3.4e38f)]
    [InlineData(ElementType.F8_E4M3, 464f, 464.1f)]
    [InlineData(ElementType.F8_E5M2, 61439.9f, 61440f)]
    public void FiniteValuesBeyondASmallFloatAreRefused(ElementType type, float last, float first)
    {
        Assert.True(float.IsFinite(Dequantize(type, Quantize(type, [last]), 1)[0]));
        Assert.Throws<QuantizationException>(() => Quantize(type, [0, first]));
        Assert.Throws<QuantizationException>(() => Quantize(type, [0, -first]));
        Assert.True(float.IsNaN(Dequantize(type, Quantize(type, [float.NaN]), 1)[0]));
    }

    [Fact]
    public void EveryEightBitFloatComesBackAndNeighboursRoundToTheNearest()
    {
        for (int code = 0; code < 256; code++)
        {
            float e4m3 = Float8Conversion.E4M3ToSingle((byte)code), e5m2 = Float8Conversion.E5M2ToSingle((byte)code);
            Assert.Equal((code & 0x7F) == 0x7F, float.IsNaN(e4m3));
            Assert.Equal((code & 0x7F) > 0x7C, float.IsNaN(e5m2));
            if (!float.IsNaN(e4m3)) Assert.Equal(code, Float8Conversion.SingleToE4M3(e4m3));
            if (!float.IsNaN(e5m2)) Assert.Equal(code, Float8Conversion.SingleToE5M2(e5m2));
        }

        // In bulk as alone, with a remainder after whole vectors.
        byte[] codes = [.. Enumerable.Range(0, 259).Select(c => (byte)c)];
        float[] e4m3s = Dequantize(ElementType.F8_E4M3, codes, 259), e5m2s = Dequantize(ElementType.F8_E5M2, codes, 259);
        for (int i = 0; i < 259; i++)
        {
            Assert.Equal(Float8Conversion.E4M3ToSingle(codes[i]), e4m3s[i]);
            Assert.Equal(float.IsNegative(Float8Conversion.E4M3ToSingle(codes[i])), float.IsNegative(e4m3s[i]));
            Assert.Equal(Float8Conversion.E5M2ToSingle(codes[i]), e5m2s[i]);
            Assert.Equal(float.IsNegative(Float8Conversion.E5M2ToSingle(codes[i])), float.IsNegative(e5m2s[i]));
        }

        Assert.Equal(448f, Float8Conversion.E4M3ToSingle(0x7E));
        Assert.Equal(57344f, Float8Conversion.E5M2ToSingle(0x7B));
        for (int code = 0; code < 0x7D; code++)
        {
            AssertMidpoint(code, Float8Conversion.E4M3ToSingle, Float8Conversion.SingleToE4M3);
            if (code < 0x7B) AssertMidpoint(code, Float8Conversion.E5M2ToSingle, Float8Conversion.SingleToE5M2);
        }
    }

    [Fact]
    public void TypesThatCannotBeWrittenAndPartialBlocksAreRefused()
    {
        float* source = stackalloc float[256];
        byte* row = stackalloc byte[1024];
        new Span<float>(source, 256).Clear();
        foreach (ElementType type in Enum.GetValues<ElementType>())
            if (!Quantizer.CanWrite(type)) Assert.Throws<NotSupportedException>(() => Quantizer.FromFloat(type, source, row, 256));
            else if (type.IsQuantized()) Assert.Throws<ArgumentException>(() => Quantizer.FromFloat(type, source, row, type.BlockElements() - 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Quantizer.FromFloat(ElementType.F32, source, row, -1));
    }

    [Property(MaxTest = 200)]
    public void EightBitVectorsGiveTheBytesOfTheScalarQuantizer(int seed, byte kind)
    {
        if (!System.Runtime.Intrinsics.X86.Avx2.IsSupported) return;
        var random = new Random(seed);
        // Halves of the step occur where the largest magnitude is 127 and the others are multiples of a half.
        float[] values = [.. Enumerable.Range(0, 64).Select(i => kind % 3 == 0
            ? (random.NextSingle() - 0.5f) * 1e-39f
            : kind % 3 == 1 ? (random.NextSingle() - 0.5f) * 1e5f : i % 32 == 0 ? 127 : random.Next(-254, 255) / 2f)];
        byte[] scalar = new byte[68], vector = new byte[68];
        fixed (float* source = values)
        fixed (byte* first = scalar, second = vector)
        {
            Candor.Kernels.Quants.Q8Quantizer.ToQ8_0(source, first, 2);
            Candor.Kernels.Quants.Q8QuantizerAvx2.ToQ8_0(source, second, 2);
        }

        Assert.Equal(scalar, vector);
    }

    private static void AssertMidpoint(int code, Func<byte, float> decode, Func<float, byte> encode)
    {
        float low = decode((byte)code), high = decode((byte)(code + 1)), middle = (low + high) / 2;
        int even = (code & 1) == 0 ? code : code + 1;
        Assert.Equal(even, encode(middle));
        Assert.Equal(even | 0x80, encode(-middle));
        Assert.Equal(code, encode(MathF.BitDecrement(middle)));
        Assert.Equal(code + 1, encode(MathF.BitIncrement(middle)));
    }

    private static void AssertFiniteOrRefused(ElementType type, float[] values)
    {
        byte[] bytes;
        try
        {
            bytes = Quantize(type, values);
        }
        catch (QuantizationException)
        {
            return;
        }

        Assert.All(Dequantize(type, bytes, values.Length), v => Assert.True(float.IsFinite(v)));
    }

    private static byte[] Quantize(ElementType type, float[] values)
    {
        byte[] bytes = new byte[type.RowBytes(values.Length)];
        fixed (float* source = values)
        fixed (byte* destination = bytes)
            Quantizer.FromFloat(type, source, destination, values.Length);
        return bytes;
    }

    private static float[] Dequantize(ElementType type, byte[] bytes, int count)
    {
        float[] values = new float[count];
        fixed (byte* source = bytes)
        fixed (float* destination = values)
            Dequantizer.ToFloat(type, source, destination, count);
        return values;
    }
}
