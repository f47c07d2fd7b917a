using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models;

/// <summary>Keys and values of one layer and sequence, [positions, kvHeads, size] each, in half precision or float32. Grows by doubling.</summary>
internal sealed unsafe class KeyValueCache(int keyWidth, int valueWidth, bool isHalf) : IDisposable
{
    private const int FirstPositions = 64;
    private NativeBuffer? keys, values;
    private int capacity;

    public long Bytes => (keys?.Length ?? 0) + (values?.Length ?? 0);

    public KeyValueRows Rows => new((nint)keys!.Pointer, (nint)values!.Pointer, isHalf);

    private int ElementBytes => isHalf ? 2 : 4;

    public void Reserve(int positions, int used)
    {
        if (positions <= capacity) return;
        int size = Math.Max(FirstPositions, capacity);
        while (size < positions) size = checked(size * 2);
        keys = Grow(keys, keyWidth, size, used);
        values = Grow(values, valueWidth, size, used);
        capacity = size;
    }

    public void Write(int position, float* key, float* value)
    {
        Write(keys!.Pointer, (long)position * keyWidth, key, keyWidth);
        Write(values!.Pointer, (long)position * valueWidth, value, valueWidth);
    }

    public KeyValueCache Copy(int used)
    {
        var copy = new KeyValueCache(keyWidth, valueWidth, isHalf);
        if (keys is null) return copy;
        copy.Reserve(Math.Max(1, used), 0);
        Buffer.MemoryCopy(keys.Pointer, copy.keys!.Pointer, copy.keys.Length, (long)used * keyWidth * ElementBytes);
        Buffer.MemoryCopy(values!.Pointer, copy.values!.Pointer, copy.values.Length, (long)used * valueWidth * ElementBytes);
        return copy;
    }

    public void Dispose()
    {
        keys?.Dispose();
        values?.Dispose();
    }

    private void Write(byte* rows, long offset, float* source, int count)
    {
        if (isHalf) HalfConversion.SingleToHalf(source, (ushort*)rows + offset, count);
        else Buffer.MemoryCopy(source, (float*)rows + offset, count * sizeof(float), count * sizeof(float));
    }

    private NativeBuffer Grow(NativeBuffer? old, int width, int size, int used)
    {
        var bigger = new NativeBuffer(checked((long)size * width * ElementBytes));
        if (old is null) return bigger;
        Buffer.MemoryCopy(old.Pointer, bigger.Pointer, bigger.Length, (long)used * width * ElementBytes);
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

    public RecurrentState Copy()
    {
        var copy = new RecurrentState(convolutionFloats, scanFloats);
        memory.AsSpan<byte>().CopyTo(copy.memory.AsSpan<byte>());
        return copy;
    }

    public void Dispose() => memory.Dispose();
}
