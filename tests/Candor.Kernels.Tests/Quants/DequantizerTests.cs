using Candor.Tensors;

namespace Candor.Kernels.Tests.Quants;

public unsafe class DequantizerTests
{
    public static TheoryData<string> GoldenTypes => Shared.Rows(Goldens.Types("blocks.safetensors", ".bytes"));

    [Theory]
    [MemberData(nameof(GoldenTypes))]
    public void BlocksDequantizeToTheGoldenBits(string name)
    {
        SafetensorsFile file = Goldens.Open("blocks.safetensors");
        ElementType type = Goldens.Type(name);
        byte[] bytes = file.Bytes(name + ".bytes");
        int[] expected = file.Values<int>(name + ".floats");
        Assert.Equal(bytes.LongLength, type.RowBytes(expected.Length));

        float[] actual = new float[expected.Length];
        fixed (byte* source = bytes)
        fixed (float* destination = actual)
            Dequantizer.ToFloat(type, source, destination, actual.Length);

        for (int i = 0; i < expected.Length; i++)
            if (BitConverter.SingleToInt32Bits(actual[i]) != expected[i])
                Assert.Fail($"{name}[{i}]: {actual[i]:R} instead of {BitConverter.Int32BitsToSingle(expected[i]):R}");
        GoldenTable.Passed("quants", name, "dequantize", expected.Length);
    }
}
