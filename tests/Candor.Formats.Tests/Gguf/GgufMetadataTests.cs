namespace Candor.Formats.Tests;

public class GgufMetadataTests
{
    private static readonly GgufMetadata Metadata = new()
    {
        ["u8"] = GgufValue.Of((byte)200),
        ["i8"] = GgufValue.Of((sbyte)-3),
        ["u16"] = GgufValue.Of((ushort)60000),
        ["i16"] = GgufValue.Of((short)-4),
        ["u32"] = GgufValue.Of(uint.MaxValue),
        ["i32"] = GgufValue.Of(-5),
        ["u64"] = GgufValue.Of(ulong.MaxValue),
        ["i64"] = GgufValue.Of(7L),
        ["f32"] = GgufValue.Of(0.5f),
        ["f64"] = GgufValue.Of(0.25),
        ["bool"] = GgufValue.Of(true),
        ["string"] = GgufValue.Of("text"),
        ["ints"] = GgufValue.OfArray<ushort>(1, 2, 3),
        ["wide"] = GgufValue.OfArray<long>(1, 1L << 40),
        ["floats"] = GgufValue.OfArray<double>(1, 2.5),
        ["bools"] = GgufValue.OfArray<bool>(true, false),
        ["strings"] = GgufValue.OfArray(["a", "", "ß"]),
        ["nested"] = GgufValue.OfArray(GgufValueType.Array, [GgufValue.OfArray<int>(1), GgufValue.OfArray(["x"])]),
        ["nan"] = GgufValue.OfArray<float>(float.NaN, float.PositiveInfinity, 0.1f),
    };

    [Fact]
    public void IntegersOfAnyWidthFitWhereTheyCan()
    {
        Assert.Equal(200, Metadata.GetInt32("u8"));
        Assert.Equal(-3, Metadata.GetInt32("i8"));
        Assert.Equal(60000, Metadata.GetInt32("u16"));
        Assert.Equal(-4, Metadata.GetInt32("i16"));
        Assert.Equal(-5, Metadata.GetInt32("i32"));
        Assert.Equal(7, Metadata.GetInt32("i64"));
        Assert.True(Metadata.TryGetUInt32("u32", out uint u32));
        Assert.Equal(uint.MaxValue, u32);
        Assert.True(Metadata.TryGetUInt64("u64", out ulong u64));
        Assert.Equal(ulong.MaxValue, u64);
        Assert.True(Metadata.TryGetInt64("u32", out long i64));
        Assert.Equal(uint.MaxValue, i64);
    }

    [Theory]
    [InlineData("u32", "4294967295")]
    [InlineData("u64", "18446744073709551615")]
    [InlineData("f32", "0.5")]
    [InlineData("string", "String")]
    [InlineData("ints", "array of 3 UInt16")]
    public void WhatDoesNotFitIsNamed(string key, string mention)
    {
        ModelFormatException fault = Assert.Throws<ModelFormatException>(() => Metadata.GetInt32(key));
        Assert.Contains(key, fault.Message, StringComparison.Ordinal);
        Assert.Contains(mention, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NegativeNumbersAreNotUnsigned()
    {
        Assert.Throws<ModelFormatException>(() => Metadata.TryGetUInt32("i8", out _));
        Assert.Throws<ModelFormatException>(() => Metadata.TryGetUInt64("i8", out _));
    }

    [Fact]
    public void MissingKeysAreNamedOrHaveDefaults()
    {
        Assert.False(Metadata.TryGetInt32("none", out _));
        Assert.Equal(9, Metadata.GetInt32("none", 9));
        Assert.Equal(1.5f, Metadata.GetFloat("none", 1.5f));
        Assert.True(Metadata.GetBool("none", true));
        Assert.Null(Metadata.GetString("none", null));
        Assert.Contains("none", Assert.Throws<ModelFormatException>(() => Metadata.GetString("none")).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => Metadata["none"]);
    }

    [Fact]
    public void NumbersAreTakenFromAnyNumber()
    {
        Assert.Equal(0.5f, Metadata.GetFloat("f32"));
        Assert.Equal(0.25f, Metadata.GetFloat("f64"));
        Assert.Equal(200f, Metadata.GetFloat("u8"));
        Assert.Throws<ModelFormatException>(() => Metadata.GetFloat("bool"));
    }

    [Fact]
    public void ArraysComeAsAsked()
    {
        Assert.True(Metadata.TryGetInt32s("ints", out int[] ints));
        Assert.Equal([1, 2, 3], ints);
        Assert.True(Metadata.TryGetFloats("floats", out float[] floats));
        Assert.Equal([1f, 2.5f], floats);
        Assert.True(Metadata.TryGetFloats("ints", out floats));
        Assert.Equal([1f, 2f, 3f], floats);
        Assert.True(Metadata.TryGetBools("bools", out bool[] bools));
        Assert.Equal([true, false], bools);
        Assert.True(Metadata.TryGetStrings("strings", out string[] strings));
        Assert.Equal(["a", "", "ß"], strings);
        Assert.Throws<ModelFormatException>(() => Metadata.TryGetInt32s("wide", out _));
        Assert.Throws<ModelFormatException>(() => Metadata.TryGetStrings("ints", out _));
        Assert.Throws<ModelFormatException>(() => Metadata.TryGetInt32s("i32", out _));
    }

    [Fact]
    public void OneNumberStandsForEveryLayer()
    {
        Assert.True(Metadata.TryGetInt32PerItem("u8", 3, out int[] same));
        Assert.Equal([200, 200, 200], same);
        Assert.True(Metadata.TryGetInt32PerItem("ints", 3, out int[] each));
        Assert.Equal([1, 2, 3], each);
        Assert.Contains("has 3 elements, 4 are expected", Assert.Throws<ModelFormatException>(() => Metadata.TryGetInt32PerItem("ints", 4, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValuesShowAsJson()
    {
        Assert.Equal("[\"NaN\",\"Infinity\",0.1]", Metadata["nan"].ToString());
        Assert.Equal("[[1],[\"x\"]]", Metadata["nested"].ToString());
        Assert.Equal("18446744073709551615", Metadata["u64"].ToString());
        Assert.Equal("true", Metadata["bool"].ToString());
        Assert.Equal("0.25", Metadata["f64"].ToString());
    }

    [Fact]
    public void ArraysOfMixedTypesCannotBeMade()
    {
        Assert.Throws<ArgumentException>(() => GgufValue.OfArray(GgufValueType.Int32, [GgufValue.Of(1), GgufValue.Of(1u)]));
        Assert.Throws<NotSupportedException>(() => GgufValue.Of('c'));
        GgufValue deep = GgufValue.OfArray<int>(1);
        for (int i = 1; i < 8; i++) deep = GgufValue.OfArray(GgufValueType.Array, [deep]);
        Assert.Throws<ArgumentException>(() => GgufValue.OfArray(GgufValueType.Array, [deep]));
    }

    [Fact]
    public void OpenedMetadataIsReadOnlyAndItsCopyIsNot()
    {
        using var folder = new TempFolder();
        using GgufFile file = GgufFile.Open(GgufFileTests.WriteSmall(folder["a.gguf"]));
        Assert.Throws<InvalidOperationException>(() => file.Metadata["x"] = GgufValue.Of(1));
        Assert.Throws<InvalidOperationException>(() => file.Metadata.Remove("flag"));
        var copy = new GgufMetadata(file.Metadata) { ["x"] = GgufValue.Of(1) };
        Assert.Equal(file.Metadata.Count + 1, copy.Count);
        Assert.True(copy.Remove("x"));
    }
}
