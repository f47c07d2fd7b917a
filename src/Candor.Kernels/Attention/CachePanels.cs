using System.Numerics.Tensors;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// How keys and values lie in a cache: in panels of 16 positions of one head, held as float32, in half precision, or in the codes of
/// Q8_0 or Q4_0. A panel of keys has its positions side by side, so that 16 of them meet an element of a query at once; in a panel of
/// values a position's elements are side by side. Heads are filled up with zeros to a multiple of 32; a quantized panel begins with its
/// scales, [blocks of 32, 16 positions] in half precision.
/// </summary>
public static unsafe class CachePanels
{
    /// <summary>Positions of a panel.</summary>
    public const int Positions = 16;

    /// <summary>Elements that share a scale where there are scales; heads take a multiple of them.</summary>
    public const int Block = 32;

    /// <summary>Whether keys and values can be held in this type.</summary>
    public static bool CanHold(ElementType type) => type is ElementType.F32 or ElementType.F16 or ElementType.Q8_0 or ElementType.Q4_0;

    /// <summary>Elements that a head takes.</summary>
    public static int Padded(int size) => (size + Block - 1) / Block * Block;

    /// <summary>Bytes of a panel of one head.</summary>
    /// <param name="type">A type that <see cref="CanHold"/> accepts.</param>
    /// <param name="size">Elements of a head.</param>
    public static int Bytes(ElementType type, int size) => Positions * Padded(size) / type.BlockElements() * type.BlockBytes();

    /// <summary>Bytes of the scales that a panel begins with.</summary>
    internal static int ScaleBytes(ElementType type, int size) => type.IsQuantized() ? Padded(size) / Block * Positions * sizeof(ushort) : 0;

    /// <summary>
    /// Stores the key of one head and position. A head with a value beyond half precision becomes NaN, save in float32.
    /// </summary>
    /// <param name="type">A type that <see cref="CanHold"/> accepts.</param>
    /// <param name="panel">The panel of the head.</param>
    /// <param name="position">The position in the panel, 0 to 15.</param>
    /// <param name="key">[size].</param>
    /// <param name="size">Elements of a head.</param>
    public static void StoreKey(ElementType type, byte* panel, int position, float* key, int size) => Store(type, panel, position, key, size, 1, Positions);

    /// <summary>Stores the value of one head and position.</summary>
    /// <inheritdoc cref="StoreKey"/>
    /// <param name="value">[size].</param>
    public static void StoreValue(ElementType type, byte* panel, int position, float* value, int size) => Store(type, panel, position, value, size, RowElements(type, size), 1);

    /// <summary>The key of one head and position as floats.</summary>
    /// <inheritdoc cref="StoreKey"/>
    /// <param name="destination">Receives [size].</param>
    public static void LoadKey(ElementType type, byte* panel, int position, float* destination, int size) => Load(type, panel, position, destination, size, 1, Positions);

    /// <summary>The value of one head and position as floats.</summary>
    /// <inheritdoc cref="StoreKey"/>
    /// <param name="destination">Receives [size].</param>
    public static void LoadValue(ElementType type, byte* panel, int position, float* destination, int size) => Load(type, panel, position, destination, size, RowElements(type, size), 1);

    /// <summary>Bytes of a position's value behind the scales of its panel.</summary>
    internal static int RowBytes(ElementType type, int size) => (Bytes(type, size) - ScaleBytes(type, size)) / Positions;

    /// <summary>Units of storage (numbers, or bytes of codes) of a position's value.</summary>
    internal static int RowElements(ElementType type, int size) => type == ElementType.Q4_0 ? Padded(size) / 2 : Padded(size);

    // Unit u of a position lies at position · positionStride + u · unitStride.
    private static void Store(ElementType type, byte* panel, int position, float* source, int size, int positionStride, int unitStride)
    {
        int padded = Padded(size), first = position * positionStride;
        float* all = stackalloc float[padded];
        new ReadOnlySpan<float>(source, size).CopyTo(new Span<float>(all, size));
        new Span<float>(all + size, padded - size).Clear();
        if (type == ElementType.F32)
        {
            for (int u = 0; u < padded; u++) ((float*)panel)[first + (u * unitStride)] = all[u];
            return;
        }

        // Also false for NaN.
        if (!(MathF.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(source, size))) <= (float)Half.MaxValue)) new Span<float>(all, padded).Fill(float.NaN);
        if (type == ElementType.F16)
        {
            ushort* half = (ushort*)panel + first;
            if (unitStride == 1)
            {
                HalfConversion.SingleToHalf(all, half, padded);
                return;
            }

            ushort* halves = stackalloc ushort[padded];
            HalfConversion.SingleToHalf(all, halves, padded);
            for (int u = 0; u < padded; u++, half += unitStride) *half = halves[u];
            return;
        }

        int blocks = padded / Block, bytes = type.BlockBytes(), codes = bytes - sizeof(ushort);
        byte* row = stackalloc byte[blocks * bytes];
        if (float.IsNaN(all[0])) new Span<byte>(row, blocks * bytes).Fill(0xFF);
        else Quantizer.FromFloat(type, all, row, padded);
        byte* to = panel + ScaleBytes(type, size) + first;
        for (int b = 0; b < blocks; b++, row += bytes)
        {
            ((ushort*)panel)[(b * Positions) + position] = *(ushort*)row;
            for (int u = 0; u < codes; u++, to += unitStride) *to = row[sizeof(ushort) + u];
        }
    }

    private static void Load(ElementType type, byte* panel, int position, float* destination, int size, int positionStride, int unitStride)
    {
        int padded = Padded(size), first = position * positionStride;
        if (!type.IsQuantized())
        {
            for (int u = 0; u < size; u++)
            {
                int at = first + (u * unitStride);
                destination[u] = type == ElementType.F32 ? ((float*)panel)[at] : HalfConversion.HalfToSingle(((ushort*)panel)[at]);
            }

            return;
        }

        int blocks = padded / Block, bytes = type.BlockBytes(), codes = bytes - sizeof(ushort);
        byte* row = stackalloc byte[blocks * bytes], from = panel + ScaleBytes(type, size) + first, block = row;
        for (int b = 0; b < blocks; b++, block += bytes)
        {
            *(ushort*)block = ((ushort*)panel)[(b * Positions) + position];
            for (int u = 0; u < codes; u++, from += unitStride) block[sizeof(ushort) + u] = *from;
        }

        float* all = stackalloc float[padded];
        Dequantizer.ToFloat(type, row, all, padded);
        new ReadOnlySpan<float>(all, size).CopyTo(new Span<float>(destination, size));
    }
}
