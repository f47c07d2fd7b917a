namespace Candor.Formats.Tests;

/// <summary>GGUF files made to harm: each is refused with a message that says what is wrong, in bounded memory.</summary>
public sealed class GgufHostileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void MagicIsChecked()
    {
        Refused(new GgufBytes { Magic = "GGUX" }.Build(), "magic", "47475558");
        Refused(new GgufBytes { Magic = "GGML" }.Build(), "magic");
        Refused([.. "PK"u8, 3, 4, .. new byte[60]], "pickle", "safetensors");
        Refused("GG"u8.ToArray(), "magic");
        Refused("GGUF"u8.ToArray(), "ends", "version");
        Refused([], "empty");
    }

    [Theory]
    [InlineData(0u, "version is 0")]
    [InlineData(1u, "version is 1")]
    [InlineData(4u, "version is 4")]
    [InlineData(uint.MaxValue, "version is 4294967295")]
    [InlineData(0x03000000u, "big-endian")]
    [InlineData(0x02000000u, "big-endian")]
    public void VersionIsChecked(uint version, string mention) => Refused(new GgufBytes { Version = version }.Build(), mention);

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1ul << 63)]
    [InlineData(1ul << 40)]
    [InlineData(1000ul)]
    public void CountsAreChecked(ulong count)
    {
        Refused(new GgufBytes { Tensors = count, Data = 64 }.Build(), "number of tensors", $"{count}");
        Refused(new GgufBytes { Keys = count, Data = 64 }.Build(), "number of metadata keys", $"{count}");
    }

    [Fact]
    public void CountsThatTheBytesCouldHoldClaimNoMemory()
    {
        Refused(new GgufBytes { Tensors = 800_000, Data = 25 << 20 }.Build(), "empty");
        Refused(new GgufBytes { Keys = 800_000, Data = 25 << 20 }.Build(), "metadata keys");
        Refused(new GgufBytes { Keys = 1, Data = 25 << 20 }.Build(), "empty");
        Refused(new GgufBytes().Key("k", 9, GgufBytes.Array(8, 3_000_000)).Tensor("t", [1ul << 40]).Build(), "k", "array's length");
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1ul << 63)]
    [InlineData(1ul << 31)]
    [InlineData(200ul)]
    public void LengthsAreChecked(ulong length)
    {
        byte[] encoded = BitConverter.GetBytes(length);
        Refused(new GgufBytes().Key("text", 8, encoded).Build(), "text", $"{length}");
        Refused(new GgufBytes().Key("list", 9, GgufBytes.Array(4, length)).Build(), "list", $"{length}");
        Refused(new GgufBytes().Key("list", 9, GgufBytes.Array(8, length)).Build(), "list", $"{length}");
        Refused(new GgufBytes().Key("list", 9, GgufBytes.Array(9, length)).Build(), "list", $"{length}");
        Refused(new GgufBytes().Key("list", 9, [.. GgufBytes.Array(8, 1), .. encoded]).Build(), "list", $"{length}");
    }

    [Fact]
    public void ValueTypesAreChecked()
    {
        Refused(new GgufBytes().Key("k", 13, 0).Build(), "k", "value type 13");
        Refused(new GgufBytes().Key("k", uint.MaxValue, 0).Build(), "k", "value type 4294967295");
        Refused(new GgufBytes().Key("k", 9, GgufBytes.Array(13, 0)).Build(), "value type 13");
    }

    [Fact]
    public void DeepArraysAreRefused()
    {
        byte[] nested = GgufBytes.Array(0, 0);
        for (int i = 0; i < 100_000; i++) nested = i < 20 ? [.. GgufBytes.Array(9, 1), .. nested] : nested;
        Refused(new GgufBytes().Key("deep", 9, nested).Build(), "deep", "more than 8 deep");
        byte[] many = [.. Enumerable.Repeat(GgufBytes.Array(9, 1), 100_000).SelectMany(b => b)];
        Refused(new GgufBytes().Key("deep", 9, many).Build(), "deep", "more than 8 deep");
    }

    [Fact]
    public void DimensionsAreChecked()
    {
        Refused(new GgufBytes().Tensor("t", [1ul << 32, 1ul << 32]).Build(), "t", "too large a product");
        Refused(new GgufBytes().Tensor("t", [1ul << 62, 4]).Build(), "t", "too large a product");
        Refused(new GgufBytes().Tensor("t", [1ul << 62]).Build(), "t", "too large a product");
        Refused(new GgufBytes().Tensor("t", [1ul << 63]).Build(), "t", "negative");
        Refused(new GgufBytes().Tensor("t", [ulong.MaxValue]).Build(), "t", "negative");
        Refused(new GgufBytes().Tensor("t", [0, 1ul << 62, 1ul << 62]).Build(), "t", "too large a product");
        Refused(new GgufBytes().Tensor("t", [1, 1, 1, 1, 1]).Build(), "t", "5 dimensions");
        Refused(new GgufBytes().Tensor("t", [1, 1, 1, 1, 1, 1]).Build(), "t", "6 dimensions");
    }

    [Fact]
    public void TensorsThatOverflowOnlyTogetherAreRefused() =>
        Refused(new GgufBytes { Data = 64 }.Tensor("a", [1ul << 60], 24, 0).Tensor("b", [1ul << 62], 24, 1ul << 62).Build(), "a", "ends at byte");

    [Fact]
    public void RowsAreWholeBlocks()
    {
        Refused(new GgufBytes { Data = 256 }.Tensor("t", [33], 8).Build(), "t", "33", "multiple of the 32");
        Refused(new GgufBytes { Data = 256 }.Tensor("t", [16, 2], 8).Build(), "t", "16", "multiple of the 32");
        Refused(new GgufBytes { Data = 256 }.Tensor("t", [128], 12).Build(), "t", "multiple of the 256");
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(5u)]
    [InlineData(31u)]
    [InlineData(99u)]
    [InlineData(1000u)]
    [InlineData(1002u)]
    [InlineData(uint.MaxValue)]
    public void TensorTypesAreChecked(uint type) =>
        Refused(new GgufBytes { Data = 256 }.Tensor("t", [32], type).Build(), "t", $"tensor type {type}");

    [Theory]
    [InlineData(64ul)]
    [InlineData(1ul << 62)]
    [InlineData(ulong.MaxValue - 31)]
    public void OffsetsPastTheEndAreRefused(ulong offset)
    {
        Refused(new GgufBytes { Data = 64 }.Tensor("t", [16], 0, offset).Build(), "t", $"{offset}");
        Refused(new GgufBytes { Data = 63 }.Tensor("t", [16]).Build(), "t", "64 bytes at offset 0");
    }

    [Fact]
    public void OverlapsAreRefused()
    {
        Refused(new GgufBytes { Data = 128 }.Tensor("a", [16]).Tensor("b", [8], 0, 32).Build(), "b", "overlaps", "\"a\"");
        Refused(new GgufBytes { Data = 128 }.Tensor("b", [8], 0, 32).Tensor("a", [16]).Build(), "b", "overlaps", "\"a\"");
        Refused(new GgufBytes { Data = 128 }.Tensor("a", [8]).Tensor("b", [8]).Build(), "b", "overlaps");
        Refused(new GgufBytes { Data = 128 }.Tensor("a", [8], 0, 4).Build(), "a", "multiple of the alignment 32");
    }

    [Fact]
    public void NamesOccurOnceAndAreNotEmpty()
    {
        Refused(new GgufBytes { Data = 64 }.Tensor("a", [8]).Tensor("a", [8], 0, 32).Build(), "a", "twice");
        Refused(new GgufBytes().Key("k", 7, 1).Key("k", 7, 0).Build(), "k", "twice");
        Refused(new GgufBytes().Key("", 7, 1).Build(), "key", "empty");
        Refused(new GgufBytes { Data = 64 }.Tensor("", [8]).Build(), "name", "empty");
        Refused(new GgufBytes().Key(new string('k', 70_000), 7, 1).Build(), "70000 bytes");
        byte[] bad = new GgufBytes().Key("kk", 7, 1).Build();
        bad[32] = 0xFF;
        Refused(bad, "not UTF-8");
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(13u)]
    [InlineData(33u)]
    [InlineData(uint.MaxValue)]
    [InlineData(1u << 31)]
    public void AlignmentIsAPowerOfTwo(uint alignment) =>
        Refused(new GgufBytes().Key("general.alignment", 4, BitConverter.GetBytes(alignment)).Build(), "general.alignment", $"{alignment}");

    [Fact]
    public void AlignmentIsAnUnsignedIntegerOf32Bits()
    {
        Refused(new GgufBytes().Key("general.alignment", 10, BitConverter.GetBytes(32ul)).Build(), "general.alignment", "UInt64");
        Refused(new GgufBytes().Key("general.alignment", 8, GgufBytes.Text("32")).Build(), "general.alignment", "String");
        Refused(new GgufBytes().Key("general.alignment", 9, GgufBytes.Array(4, 0)).Build(), "general.alignment", "Array");
    }

    [Fact]
    public void ControlCharactersDoNotReachTheMessage() =>
        Refused(new GgufBytes().Key("a\n\u001b[31mb", 8, BitConverter.GetBytes(9999ul)).Build(), "9999");

    private void Refused(byte[] bytes, params string[] mentions)
    {
        string path = folder.Write("hostile.gguf", bytes);
        ModelFormatException fault = Fault.Of(path, GgufFile.Open, mentions);
        Assert.All(fault.Message, c => Assert.False(char.IsControl(c)));
        Fault.IsBounded(path, GgufFile.Open);
    }
}
