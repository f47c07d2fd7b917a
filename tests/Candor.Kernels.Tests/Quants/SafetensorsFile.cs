using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Candor.Kernels.Tests.Quants;

/// <summary>Just enough of a safetensors reader for golden files, which these tests trust.</summary>
internal sealed class SafetensorsFile
{
    private readonly byte[] _bytes;
    private readonly Dictionary<string, (int[] Shape, int Begin, int End)> _tensors = [];

    internal SafetensorsFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        int header = checked((int)BinaryPrimitives.ReadInt64LittleEndian(_bytes));
        using JsonDocument document = JsonDocument.Parse(_bytes.AsMemory(8, header));
        foreach (JsonProperty tensor in document.RootElement.EnumerateObject())
        {
            if (tensor.Name == "__metadata__") continue;
            JsonElement offsets = tensor.Value.GetProperty("data_offsets");
            _tensors[tensor.Name] = (
                [.. tensor.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32())],
                8 + header + offsets[0].GetInt32(),
                8 + header + offsets[1].GetInt32());
        }
    }

    internal IEnumerable<string> Names => _tensors.Keys;

    internal bool Has(string name) => _tensors.ContainsKey(name);

    internal int[] Shape(string name) => _tensors[name].Shape;

    internal byte[] Bytes(string name) => _bytes[_tensors[name].Begin.._tensors[name].End];

    internal T[] Values<T>(string name) where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes(name)).ToArray();
}
