using Candor.Tensors;

namespace Candor.Formats.Tests;

public sealed class TensorReaderTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void PlainTypesBecomeTheNearestFloats()
    {
        using SafetensorsStore store = Open(
            Plain<double>(ElementType.F64, 0.1, -2, double.NaN, 1e300),
            Plain(ElementType.F32, 0.1f, -0f, float.PositiveInfinity),
            Plain<ushort>(ElementType.F16, 0x3C00, 0x0001, 0xFBFF, 0x7C00),
            Plain<ushort>(ElementType.BF16, 0x3F80, 0xC049, 0x0001),
            Plain<byte>(ElementType.F8_E4M3, 0x38, 0x01, 0x7E, 0xB8),
            Plain<byte>(ElementType.F8_E5M2, 0x3C, 0x01, 0x7B, 0x7C),
            Plain<sbyte>(ElementType.I8, -128, 127),
            Plain<short>(ElementType.I16, -32768, 5),
            Plain(ElementType.I32, int.MinValue, 16777217),
            Plain(ElementType.I64, long.MaxValue, -3),
            Plain<byte>(ElementType.U8, 255),
            Plain<ushort>(ElementType.U16, 65535),
            Plain(ElementType.U32, uint.MaxValue),
            Plain(ElementType.U64, ulong.MaxValue),
            Plain<byte>(ElementType.Bool, 0, 1));
        Is(ElementType.F64, 0.1f, -2, float.NaN, float.PositiveInfinity);
        Is(ElementType.F32, 0.1f, -0f, float.PositiveInfinity);
        Is(ElementType.F16, 1, 5.9604645e-8f, -65504, float.PositiveInfinity);
        Is(ElementType.BF16, 1, -3.140625f, 9.1835e-41f);
        Is(ElementType.F8_E4M3, 1, 0.001953125f, 448, -1);
        Is(ElementType.F8_E5M2, 1, 1.52587890625e-5f, 57344, float.PositiveInfinity);
        Is(ElementType.I8, -128, 127);
        Is(ElementType.I16, -32768, 5);
        Is(ElementType.I32, -2147483648f, 16777216);
        Is(ElementType.I64, 9.223372e18f, -3);
        Is(ElementType.U8, 255);
        Is(ElementType.U16, 65535);
        Is(ElementType.U32, 4294967296f);
        Is(ElementType.U64, 1.8446744e19f);
        Is(ElementType.Bool, 0, 1);

        void Is(ElementType type, params float[] expected) => Assert.Equal(expected, TensorReader.ToArray(store.Tensors[type.ToString()]));
    }

    [Fact]
    public void PartsAreWholeBlocks()
    {
        var bytes = new byte[34 * 4];
        new Random(3).NextBytes(bytes);
        for (int i = 0; i < 4; i++) bytes[i * 34 + 1] &= 0x3F;
        GgufWriter.Write(folder["a.gguf"], new GgufMetadata(), [TensorSource.From("t", ElementType.Q8_0, [2, 64], bytes)]);
        using GgufFile file = GgufFile.Open(folder["a.gguf"]);
        StoredTensor tensor = file.Tensors["t"];
        float[] all = TensorReader.ToArray(tensor);
        float scale = (float)BitConverter.ToHalf(bytes, 34);
        Assert.Equal(scale * (sbyte)bytes[34 + 2 + 5], all[37]);
        var part = new float[64];
        TensorReader.ToFloat(tensor, 32, part);
        Assert.Equal(all[32..96], part);
        Assert.Throws<ArgumentException>(() => TensorReader.ToFloat(tensor, 16, part));
        Assert.Throws<ArgumentException>(() => TensorReader.ToFloat(tensor, 96, part));
        Assert.Throws<ArgumentException>(() => TensorReader.ToFloat(tensor, -32, part));
        Assert.Throws<ArgumentException>(() => TensorReader.ToFloat(tensor, 0, new float[33]));
        Assert.Throws<ArgumentException>(() => TensorReader.ToFloat(tensor, part));
    }

    [Fact]
    public void EveryTypeIsReadOrRefused()
    {
        foreach (ElementType type in Enum.GetValues<ElementType>())
        {
            int block = type.BlockElements();
            TensorSource source = TensorSource.From("t", type, [block], new byte[type.BlockBytes()]);
            string path = folder[$"{type}"];
            if (type.IsGguf()) GgufWriter.Write(path, new GgufMetadata(), [source]);
            else SafetensorsWriter.Write(path, [source]);
            using TensorStore store = TensorStore.Open(path);
            StoredTensor tensor = store.Tensors["t"];
            if (TensorReader.CanRead(type)) Assert.Equal(block, TensorReader.ToArray(tensor).Length);
            else Assert.Contains(type.Name(), Assert.Throws<ModelFormatException>(() => TensorReader.ToArray(tensor)).Message, StringComparison.Ordinal);
            Assert.True(TensorReader.CanRead(type) || !type.IsGguf(), $"{type}");
        }
    }

    private static unsafe TensorSource Plain<T>(ElementType type, params T[] values) where T : unmanaged =>
        TensorSource.From(type.ToString(), type, [values.Length], System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private SafetensorsStore Open(params TensorSource[] tensors)
    {
        SafetensorsWriter.Write(folder["plain.safetensors"], tensors);
        return SafetensorsStore.Open(folder["plain.safetensors"]);
    }
}
