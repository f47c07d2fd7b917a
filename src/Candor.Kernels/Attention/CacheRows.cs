using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// How a head's key or value is held in a cache: as float32, in half precision, or in blocks of 32 of Q8_0 or Q4_0, the last of a head
/// filled up with zeros.
/// </summary>
public static unsafe class CacheRows
{
    /// <summary>Whether keys and values can be held in this type.</summary>
    public static bool CanHold(ElementType type) => type is ElementType.F32 or ElementType.F16 or ElementType.Q8_0 or ElementType.Q4_0;

    /// <summary>Elements that a head takes, a whole number of blocks.</summary>
    /// <param name="type">A type that <see cref="CanHold"/> accepts.</param>
    /// <param name="size">Elements of a head.</param>
    public static int HeadElements(ElementType type, int size)
    {
        int block = type.BlockElements();
        return (size + block - 1) / block * block;
    }

    /// <summary>Bytes that a head takes.</summary>
    /// <inheritdoc cref="HeadElements"/>
    public static int HeadBytes(ElementType type, int size) => HeadElements(type, size) / type.BlockElements() * type.BlockBytes();

    /// <summary>Stores heads one after another. A head with a value beyond half precision becomes NaN in a quantized type, as it would become infinite in half precision.</summary>
    /// <param name="type">A type that <see cref="CanHold"/> accepts.</param>
    /// <param name="source">[heads, size].</param>
    /// <param name="destination">Receives heads of <see cref="HeadBytes"/>.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="size">Elements of a head.</param>
    public static void Store(ElementType type, float* source, byte* destination, int heads, int size)
    {
        if (type == ElementType.F32) Buffer.MemoryCopy(source, destination, (long)heads * size * sizeof(float), (long)heads * size * sizeof(float));
        else if (type == ElementType.F16) HalfConversion.SingleToHalf(source, (ushort*)destination, (long)heads * size);
        else
            for (int h = 0, bytes = HeadBytes(type, size); h < heads; h++) Quantize(type, source + ((nint)h * size), destination + ((nint)h * bytes), size);
    }

    /// <summary>A head's elements as floats.</summary>
    /// <param name="type">A type that <see cref="CanHold"/> accepts.</param>
    /// <param name="source">Its first byte.</param>
    /// <param name="destination">Receives <see cref="HeadElements"/> floats.</param>
    /// <param name="size">Elements of a head.</param>
    public static void Load(ElementType type, byte* source, float* destination, int size)
    {
        if (type == ElementType.F16) HalfConversion.HalfToSingle((ushort*)source, destination, size);
        else if (!Vector256.IsHardwareAccelerated || type == ElementType.F32) Dequantizer.ToFloat(type, source, destination, HeadElements(type, size));
        else if (type == ElementType.Q8_0)
            for (int c = 0; c < size; c += 32, source += 34) Bytes(Vector256.Load((sbyte*)source + 2), HalfConversion.HalfToSingle(*(ushort*)source), destination + c);
        else
            for (int c = 0; c < size; c += 32, source += 18) Bytes(Nibbles(source + 2), HalfConversion.HalfToSingle(*(ushort*)source), destination + c);
    }

    private static void Quantize(ElementType type, float* source, byte* destination, int size)
    {
        int elements = HeadElements(type, size), bytes = HeadBytes(type, size);
        // Also false for NaN.
        if (!(MathF.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(source, size))) <= (float)Half.MaxValue))
        {
            new Span<byte>(destination, bytes).Fill(0xFF);
            return;
        }

        if (elements == size)
        {
            Quantizer.FromFloat(type, source, destination, size);
            return;
        }

        float* padded = stackalloc float[elements];
        var all = new Span<float>(padded, elements);
        new ReadOnlySpan<float>(source, size).CopyTo(all);
        all[size..].Clear();
        Quantizer.FromFloat(type, padded, destination, elements);
    }

    private static Vector256<sbyte> Nibbles(byte* codes)
    {
        Vector128<byte> both = Vector128.Load(codes), low = both & Vector128.Create((byte)15), high = (both.AsUInt16() >> 4).AsByte() & Vector128.Create((byte)15);
        return Vector256.Create(low, high).AsSByte() - Vector256.Create((sbyte)8);
    }

    private static void Bytes(Vector256<sbyte> codes, float scale, float* destination)
    {
        (Vector256<short> low, Vector256<short> high) = Vector256.Widen(codes);
        Words(low, scale, destination);
        Words(high, scale, destination + 16);
    }

    private static void Words(Vector256<short> words, float scale, float* destination)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(words);
        (Vector256.ConvertToSingle(low) * scale).Store(destination);
        (Vector256.ConvertToSingle(high) * scale).Store(destination + 8);
    }
}
