using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Candor.Inference.Sampling.Tests;

/// <summary>Reads F32 and F64 rows out of a golden safetensors file.</summary>
internal sealed class TensorFile
{
    private readonly byte[] _bytes;
    private readonly int _data;
    private readonly Dictionary<string, (string Type, int Columns, int Begin)> _tensors = [];

    public TensorFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        int header = checked((int)BinaryPrimitives.ReadInt64LittleEndian(_bytes));
        _data = 8 + header;
        using JsonDocument json = JsonDocument.Parse(_bytes.AsMemory(8, header));
        foreach (JsonProperty tensor in json.RootElement.EnumerateObject())
            if (tensor.Name != "__metadata__")
                _tensors[tensor.Name] = (tensor.Value.GetProperty("dtype").GetString()!, tensor.Value.GetProperty("shape")[1].GetInt32(), tensor.Value.GetProperty("data_offsets")[0].GetInt32());
    }

    public bool Has(string name) => _tensors.ContainsKey(name);

    public ReadOnlySpan<float> Floats(string name, int row) => Row<float>(name, row, "F32");

    public ReadOnlySpan<double> Doubles(string name, int row) => Row<double>(name, row, "F64");

    private ReadOnlySpan<T> Row<T>(string name, int row, string type)
        where T : unmanaged
    {
        var tensor = _tensors[name];
        Assert.Equal(type, tensor.Type);
        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan(_data + tensor.Begin)).Slice(row * tensor.Columns, tensor.Columns);
    }
}
