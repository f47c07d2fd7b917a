using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models;

/// <summary>Keys and values of one layer and sequence, <see cref="CachePanels"/> of [positions / 16, kvHeads] each. Grows by doubling.</summary>
internal sealed unsafe class KeyValueCache(int heads, int keySize, int valueSize, ElementType type) : IDisposable
{
    private const int FirstPositions = 64;
    private readonly int keyBytes = heads * CachePanels.Bytes(type, keySize), valueBytes = heads * CachePanels.Bytes(type, valueSize);
    private NativeBuffer? keys, values;
    private int capacity;

    public long Bytes => (keys?.Length ?? 0) + (values?.Length ?? 0);

    public KeyValueRows Rows => new((nint)keys!.Pointer, (nint)values!.Pointer, type);

    public void Reserve(int positions, int used)
    {
        if (positions <= capacity) return;
        int size = Math.Max(FirstPositions, capacity);
        while (size < positions) size = checked(size * 2);
        keys = Grow(keys, keyBytes, size, used);
        values = Grow(values, valueBytes, size, used);
        capacity = size;
    }

    public void Write(int position, float* key, float* value)
    {
        int panel = position / CachePanels.Positions, place = position % CachePanels.Positions;
        byte* k = keys!.Pointer + ((nint)panel * keyBytes), v = values!.Pointer + ((nint)panel * valueBytes);
        for (int h = 0; h < heads; h++)
        {
            CachePanels.StoreKey(type, k + (h * keyBytes / heads), place, key + (h * keySize), keySize);
            CachePanels.StoreValue(type, v + (h * valueBytes / heads), place, value + (h * valueSize), valueSize);
        }
    }

    /// <summary>The bytes of so many positions.</summary>
    public StatePart[] Parts(string name, int used) =>
    [
        new StatePart(name + ".keys", keys!.Pointer, (long)Panels(used) * keyBytes),
        new StatePart(name + ".values", values!.Pointer, (long)Panels(used) * valueBytes),
    ];

    public KeyValueCache Copy(int used)
    {
        var copy = new KeyValueCache(heads, keySize, valueSize, type);
        if (keys is null) return copy;
        copy.Reserve(Math.Max(1, used), 0);
        Buffer.MemoryCopy(keys.Pointer, copy.keys!.Pointer, copy.keys.Length, (long)Panels(used) * keyBytes);
        Buffer.MemoryCopy(values!.Pointer, copy.values!.Pointer, copy.values.Length, (long)Panels(used) * valueBytes);
        return copy;
    }

    public void Dispose()
    {
        keys?.Dispose();
        values?.Dispose();
    }

    private static int Panels(int positions) => (positions + CachePanels.Positions - 1) / CachePanels.Positions;

    private static NativeBuffer Grow(NativeBuffer? old, int panelBytes, int size, int used)
    {
        var bigger = new NativeBuffer(checked((long)Panels(size) * panelBytes));
        if (old is null) return bigger;
        Buffer.MemoryCopy(old.Pointer, bigger.Pointer, bigger.Length, (long)Panels(used) * panelBytes);
        old.Dispose();
        return bigger;
    }
}

/// <summary>State of one state-space layer and sequence: the last inputs of its convolution and the scan's state.</summary>
internal sealed unsafe class RecurrentState(int convolutionFloats, int scanFloats) : IDisposable
{
    private readonly NativeBuffer memory = new((long)(convolutionFloats + scanFloats) * sizeof(float));

    public long Bytes => memory.Length;

    public float* Convolution => (float*)memory.Pointer;

    public float* Scan => (float*)memory.Pointer + convolutionFloats;

    public void Clear() => memory.AsSpan<float>().Clear();

    public StatePart Part(string name) => new(name + ".state", memory.Pointer, memory.Length);

    public RecurrentState Copy()
    {
        var copy = new RecurrentState(convolutionFloats, scanFloats);
        memory.AsSpan<byte>().CopyTo(copy.memory.AsSpan<byte>());
        return copy;
    }

    public void Dispose() => memory.Dispose();
}
