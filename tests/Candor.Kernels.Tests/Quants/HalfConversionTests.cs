using FsCheck.Xunit;

namespace Candor.Kernels.Tests.Quants;

public unsafe class HalfConversionTests
{
    [Theory]
    [InlineData("f16")]
    [InlineData("bf16")]
    public void CodesHaveTheGoldenValues(string name)
    {
        SafetensorsFile file = Goldens.Open("halves.safetensors");
        ushort[] codes = [.. file.Values<int>(name + ".codes").Select(c => (ushort)c)];
        int[] expected = file.Values<int>(name + ".floats");
        float[] bulk = new float[codes.Length];
        fixed (ushort* source = codes)
        fixed (float* destination = bulk)
        {
            if (name == "f16") HalfConversion.HalfToSingle(source, destination, codes.Length);
            else HalfConversion.BFloat16ToSingle(source, destination, codes.Length);
        }

        for (int i = 0; i < codes.Length; i++)
        {
            float single = name == "f16" ? HalfConversion.HalfToSingle(codes[i]) : HalfConversion.BFloat16ToSingle(codes[i]);
            Assert.Equal(expected[i], BitConverter.SingleToInt32Bits(single));
            Assert.Equal(expected[i], BitConverter.SingleToInt32Bits(bulk[i]));
        }

        GoldenTable.Passed("quants", name, "to float", codes.Length);
    }

    [Theory]
    [InlineData("f16")]
    [InlineData("bf16")]
    public void FloatsRoundToTheGoldenCodes(string name)
    {
        SafetensorsFile file = Goldens.Open("halves.safetensors");
        float[] values = file.Values<float>("round.float_bits");
        int[] expected = file.Values<int>("round." + name);
        int[] isNaN = file.Values<int>("round.is_nan");
        ushort[] bulk = new ushort[values.Length];
        fixed (float* source = values)
        fixed (ushort* destination = bulk)
        {
            if (name == "f16") HalfConversion.SingleToHalf(source, destination, values.Length);
            else HalfConversion.SingleToBFloat16(source, destination, values.Length);
        }

        for (int i = 0; i < values.Length; i++)
        {
            ushort code = name == "f16" ? HalfConversion.SingleToHalf(values[i]) : HalfConversion.SingleToBFloat16(values[i]);
            Assert.Equal(code, bulk[i]);
            if (isNaN[i] != 0)
                Assert.True(float.IsNaN(name == "f16" ? HalfConversion.HalfToSingle(code) : HalfConversion.BFloat16ToSingle(code)));
            else
                Assert.Equal((ushort)expected[i], code);
        }

        GoldenTable.Passed("quants", name, "from float", values.Length);
    }

    [Fact]
    public void EveryHalfCodeMatchesTheFrameworkAndComesBack()
    {
        for (int code = 0; code <= ushort.MaxValue; code++)
        {
            float value = HalfConversion.HalfToSingle((ushort)code);
            var half = (float)BitConverter.UInt16BitsToHalf((ushort)code);
            if (float.IsNaN(half))
            {
                Assert.True(float.IsNaN(value));
                Assert.True(float.IsNaN(HalfConversion.HalfToSingle(HalfConversion.SingleToHalf(value))));
                continue;
            }

            Assert.Equal(BitConverter.SingleToInt32Bits(half), BitConverter.SingleToInt32Bits(value));
            Assert.Equal(code, HalfConversion.SingleToHalf(value));
        }
    }

    [Property(MaxTest = 2000)]
    public void EveryFloatRoundsAsTheFrameworkDoesAndInBulkAsAlone(int[] patterns, byte offset)
    {
        // Short arrays of any length, so that whole vectors and remainders both occur.
        float[] values = [.. Enumerable.Range(0, patterns.Length + offset % 40)
            .Select(i => BitConverter.Int32BitsToSingle(unchecked((i < patterns.Length ? patterns[i] : i) * (int)2654435761 + offset)))];
        ushort[] halves = new ushort[values.Length], brains = new ushort[values.Length];
        float[] back = new float[values.Length];
        fixed (float* source = values, returned = back)
        fixed (ushort* half = halves, brain = brains)
        {
            HalfConversion.SingleToHalf(source, half, values.Length);
            HalfConversion.SingleToBFloat16(source, brain, values.Length);
            HalfConversion.HalfToSingle(half, returned, values.Length);
        }

        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal(HalfConversion.SingleToHalf(values[i]), halves[i]);
            Assert.Equal(HalfConversion.SingleToBFloat16(values[i]), brains[i]);
            Assert.Equal(BitConverter.SingleToInt32Bits(HalfConversion.HalfToSingle(halves[i])), BitConverter.SingleToInt32Bits(back[i]));
            if (float.IsNaN(values[i])) Assert.True(float.IsNaN(back[i]));
            else Assert.Equal(BitConverter.HalfToUInt16Bits((Half)values[i]), halves[i]);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    [InlineData(40_000)]
    [InlineData(40_010)]
    public void LongRowsAreTheSameWhereverTheyHoldWhatIsNoNumber(int place)
    {
        // Signalling NaN, which an instruction would make quiet; codes from all of the range around it, more than one call takes.
        ushort[] codes = [.. Enumerable.Range(0, 40_011).Select(i => (ushort)((i * 40503) & 0xFBFF))];
        if (place >= 0) codes[place] = 0x7C01;
        float[] values = new float[codes.Length];
        ushort[] back = new ushort[codes.Length];
        fixed (ushort* source = codes, returned = back)
        fixed (float* value = values)
        {
            HalfConversion.HalfToSingle(source, value, codes.Length);
            HalfConversion.SingleToHalf(value, returned, codes.Length);
        }

        for (int i = 0; i < codes.Length; i++)
        {
            Assert.Equal(BitConverter.SingleToInt32Bits(HalfConversion.HalfToSingle(codes[i])), BitConverter.SingleToInt32Bits(values[i]));
            Assert.Equal(i == place ? 0x7E01 : codes[i], back[i]);
        }
    }
}
