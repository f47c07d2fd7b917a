namespace Candor.Formats.Tests;

/// <summary>Safetensors files made to harm: each is refused with a message that says what is wrong, in bounded memory.</summary>
public sealed class SafetensorsHostileTests : IDisposable
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(100_000_001ul)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1ul << 63)]
    [InlineData(63ul)]
    public void HeaderLengthsAreChecked(ulong length) => Refused(SafetensorsBytes.Of(Good, 8, length), "header length", $"{length}");

    [Fact]
    public void AHeaderLongerThan100MegabytesIsRefusedThoughItIsThere()
    {
        string path = folder.Write("a.safetensors", SafetensorsBytes.Of(Good, 0, 100_000_001));
        using (FileStream stream = File.OpenWrite(path)) stream.SetLength(110_000_000);
        Fault.Of(path, SafetensorsStore.Open, "header length", "100000001");
    }

    [Fact]
    public void ShortFilesAreRefused()
    {
        Refused([], "empty");
        Refused([1, 2, 3], "3 bytes");
        Refused(new byte[8], "begins with nothing");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData(" {}")]
    [InlineData("\0{}")]
    [InlineData("null")]
    public void HeadersBeginWithABrace(string header) => Refused(SafetensorsBytes.Of(header), "{ is expected");

    [Theory]
    [InlineData("{")]
    [InlineData("{} x")]
    [InlineData("{}{}")]
    [InlineData("{\"a\"")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":}")]
    [InlineData("{a:1}")]
    [InlineData("{} // comment")]
    [InlineData("{\"__metadata__\":{},}")]
    [InlineData("{\"a\":NaN}")]
    public void HeadersAreJson(string header) => Refused(SafetensorsBytes.Of(header), "not valid JSON");

    [Fact]
    public void HeadersAreUtf8()
    {
        Refused(SafetensorsBytes.Of([.. "{\""u8, 0xFF, .. "\":{}}"u8]), "not UTF-8");
        Refused(SafetensorsBytes.Of([.. "{\""u8, 0xC3, .. "\":{}}"u8]), "not UTF-8");
        Refused(SafetensorsBytes.Of("""{"\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4), "unexpected value");
        Refused(SafetensorsBytes.Of("""{"__metadata__":{"a":"\udc00"}}"""), "unexpected value");
    }

    [Fact]
    public void DeepHeadersAreRefused()
    {
        Refused(SafetensorsBytes.Of("""{"a":{"extra":""" + new string('[', 100_000) + new string(']', 100_000) + "}}"), "not valid JSON", "depth");
        Refused(SafetensorsBytes.Of(string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000)), "a");
    }

    [Fact]
    public void NamesOccurOnce()
    {
        const string A = """{"dtype":"U8","shape":[1],"data_offsets":[0,1]}""", B = """{"dtype":"U8","shape":[1],"data_offsets":[1,2]}""";
        Refused(SafetensorsBytes.Of($$"""{"a":{{A}},"a":{{B}}}""", 2), "a", "twice");
        Refused(SafetensorsBytes.Of($$"""{"a":{{A}},"\u0061":{{B}}}""", 2), "a", "twice");
        Refused(SafetensorsBytes.Of($$"""{"":{{A}}}""", 1), "empty name");
        Refused(SafetensorsBytes.Of("""{"__metadata__":{"k":"1","k":"2"}}"""), "twice");
        Refused(SafetensorsBytes.Of("""{"__metadata__":{},"__metadata__":{}}"""), "twice");
        Refused(SafetensorsBytes.Of("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1), "dtype occurs twice");
        Refused(SafetensorsBytes.Of("""{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}""", 1), "shape occurs twice");
        Refused(SafetensorsBytes.Of("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1]}}""", 1), "data_offsets occurs twice");
    }

    [Theory]
    [InlineData("[0,4]", "span 4 bytes")]
    [InlineData("[0,12]", "span 12 bytes")]
    [InlineData("[8,0]", "before they begin")]
    [InlineData("[4,12]", "leave a hole")]
    [InlineData("[9223372036854775800,9223372036854775807]", "span 7 bytes")]
    [InlineData("[0,18446744073709551615]", "2^63-1")]
    [InlineData("[-8,0]", "2^63-1")]
    [InlineData("[0.5,8]", "2^63-1")]
    [InlineData("[\"0\",8]", "2^63-1")]
    [InlineData("[0]", "1 numbers")]
    [InlineData("[0,4,8]", "more than 2")]
    [InlineData("[[0],8]", "2^63-1")]
    [InlineData("{}", "array")]
    [InlineData("null", "array")]
    public void OffsetsAreChecked(string offsets, string mention) =>
        Refused(SafetensorsBytes.Of($$$"""{"a":{"dtype":"F32","shape":[2],"data_offsets":{{{offsets}}}}}""", 8), "a", mention);

    [Theory]
    [InlineData("[4611686018427387904,4]")]
    [InlineData("[9223372036854775807,9223372036854775807]")]
    [InlineData("[0,9223372036854775807,9223372036854775807]")]
    [InlineData("[4611686018427387904]")]
    public void ShapesThatOverflowAreRefused(string shape) =>
        Refused(SafetensorsBytes.Of($$$"""{"a":{"dtype":"F32","shape":{{{shape}}},"data_offsets":[0,0]}}"""), "a", "too large a product");

    [Fact]
    public void ShapesHaveAtMost64Dimensions() =>
        Refused(SafetensorsBytes.Of($$$"""{"a":{"dtype":"F32","shape":[{{{string.Join(',', Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,4]}}""", 4), "more than 64");

    [Fact]
    public void TensorsFillTheDataWithoutHolesAndOverlaps()
    {
        Refused(Two("[0,4]", "[8,12]", 12), "b", "leave a hole");
        Refused(Two("[0,4]", "[0,4]", 4), "overlap");
        Refused(Two("[0,4]", "[2,6]", 6), "b", "overlap");
        Refused(Two("[4,8]", "[8,12]", 12), "a", "begin at 4");
        Refused(Two("[0,4]", "[4,8]", 12), "12 bytes of data");
        Refused(Two("[0,4]", "[4,8]", 7), "b", "end at 8");
        Refused(SafetensorsBytes.Of("{}", 1), "1 bytes of data");

        static byte[] Two(string a, string b, int data) =>
            SafetensorsBytes.Of($$$"""{"a":{"dtype":"F32","shape":[1],"data_offsets":{{{a}}}},"b":{"dtype":"F32","shape":[1],"data_offsets":{{{b}}}}}""", data);
    }

    [Theory]
    [InlineData("\"F32x\"", "F32x")]
    [InlineData("\"f32\"", "f32")]
    [InlineData("\"Q4_0\"", "Q4_0")]
    [InlineData("32", "string")]
    [InlineData("null", "string")]
    public void TypesAreChecked(string type, string mention) =>
        Refused(SafetensorsBytes.Of($$$"""{"a":{"dtype":{{{type}}},"shape":[2],"data_offsets":[0,8]}}""", 8), "a", "dtype", mention);

    [Theory]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", "dtype is missing")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", "shape is missing")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "data_offsets is missing")]
    [InlineData("""{"a":[]}""", "object")]
    [InlineData("""{"a":null}""", "object")]
    [InlineData("""{"a":1}""", "object")]
    [InlineData("""{"__metadata__":[]}""", "object")]
    [InlineData("""{"__metadata__":{"a":1}}""", "string")]
    [InlineData("""{"__metadata__":{"a":{}}}""", "string")]
    [InlineData("""{"__metadata__":{"a":null}}""", "string")]
    public void FieldsAreChecked(string header, string mention) => Refused(SafetensorsBytes.Of(header, 8), mention);

    [Fact]
    public void SixBitTypesFillWholeBytes() =>
        Refused(SafetensorsBytes.Of("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2), "whole bytes");

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.pt")]
    [InlineData("model.PTH")]
    [InlineData("model.ckpt")]
    [InlineData("model.safetensors")]
    public void PickleIsRefusedWithAdvice(string name)
    {
        Fault.Of(folder.Write(name, [.. "PK"u8, 3, 4, .. new byte[100]]), TensorStore.Open, "pickle", "safetensors");
        Fault.Of(folder.Write(name, [0x80, 2, .. "}q\0(X"u8, .. new byte[100]]), TensorStore.Open, "pickle", "safetensors");
    }

    private void Refused(byte[] bytes, params string[] mentions)
    {
        string path = folder.Write("hostile.safetensors", bytes);
        Fault.Of(path, SafetensorsStore.Open, mentions);
        Fault.IsBounded(path, SafetensorsStore.Open);
    }
}
