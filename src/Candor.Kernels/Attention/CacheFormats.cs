using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Tensors;

namespace Candor.Kernels.Attention;

/// <summary>Reads panels of one type, 16 numbers at a time.</summary>
internal unsafe interface ICacheFormat
{
    /// <summary>The type.</summary>
    static abstract ElementType Type { get; }

    /// <summary>Whether numbers are to be multiplied by the scale of their block and position.</summary>
    static abstract bool HasScales { get; }

    /// <summary>An element of the keys of 16 positions.</summary>
    /// <param name="codes">The panel behind its scales.</param>
    /// <param name="element">The element.</param>
    static abstract Vector512<float> Keys(byte* codes, int element);

    /// <summary>16 elements of a position's value.</summary>
    /// <param name="row">The position's first number.</param>
    /// <param name="element">The first element, a multiple of 16.</param>
    static abstract Vector512<float> Values(byte* row, int element);
}

/// <summary>Float32.</summary>
internal readonly unsafe struct SingleCache : ICacheFormat
{
    public static ElementType Type => ElementType.F32;

    public static bool HasScales => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Keys(byte* codes, int element) => Vector512.Load((float*)codes + ((nint)element * CachePanels.Positions));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Values(byte* row, int element) => Vector512.Load((float*)row + element);
}

/// <summary>Half precision.</summary>
internal readonly unsafe struct HalfCache : ICacheFormat
{
    public static ElementType Type => ElementType.F16;

    public static bool HasScales => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Keys(byte* codes, int element) => CacheLanes.Halves((ushort*)codes + ((nint)element * CachePanels.Positions));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Values(byte* row, int element) => CacheLanes.Halves((ushort*)row + element);
}

/// <summary>Q8_0.</summary>
internal readonly unsafe struct ByteCache : ICacheFormat
{
    public static ElementType Type => ElementType.Q8_0;

    public static bool HasScales => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Keys(byte* codes, int element) => Values(codes, element * CachePanels.Positions);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Values(byte* row, int element) => Vector512.ConvertToSingle(CacheLanes.Widen(Vector128.Load((sbyte*)row + element)));
}

/// <summary>Q4_0: elements j and j + 16 of a block share a byte.</summary>
internal readonly unsafe struct NibbleCache : ICacheFormat
{
    public static ElementType Type => ElementType.Q4_0;

    public static bool HasScales => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Keys(byte* codes, int element) => Half(codes + ((nint)((element / CachePanels.Block * 16) + (element & 15)) * CachePanels.Positions), element);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Values(byte* row, int element) => Half(row + (element / CachePanels.Block * 16), element);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Half(byte* codes, int element)
    {
        Vector128<byte> both = Vector128.Load(codes), mask = Vector128.Create((byte)15);
        Vector128<byte> half = (element & 16) == 0 ? both & mask : (both.AsUInt16() >> 4).AsByte() & mask;
        return Vector512.ConvertToSingle(CacheLanes.Widen(half.AsSByte() - Vector128.Create((sbyte)8)));
    }
}

/// <summary>Sixteen stored numbers as floats.</summary>
internal static unsafe class CacheLanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Widen(Vector128<sbyte> bytes)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Int32(bytes);
        (Vector128<short> low, Vector128<short> high) = Vector128.Widen(bytes);
        return Widen(Vector256.Create(low, high));
    }

    /// <summary>Half precision, NaN and subnormals included; an infinity becomes NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Halves(ushort* halves)
    {
        // The exponent's bias differs by 112; the sign, which widening has spread, is kept where it belongs.
        Vector512<int> bits = (Widen(Vector256.Load((short*)halves)) << 13) & Vector512.Create(unchecked((int)0x8FFFE000));
        Vector512<float> value = bits.AsSingle() * BitConverter.UInt32BitsToSingle((127 + 112) << 23);
        Vector512<float> beyond = Vector512.GreaterThan(Vector512.Abs(value), Vector512.Create(65504f));
        return Vector512.ConditionalSelect(beyond, Vector512.Create(float.NaN), value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(Vector256<short> words)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Int32(words);
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(words);
        return Vector512.Create(low, high);
    }
}
