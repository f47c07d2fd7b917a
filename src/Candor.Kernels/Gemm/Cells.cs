using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Gemms;

/// <summary>How numbers become cells of a packed matrix.</summary>
internal interface ICells
{
    /// <summary>Steps of the sum in a cell: 1 or 2.</summary>
    static abstract int Steps { get; }

    /// <summary>Cells of eight lanes; the second step counts only where a cell holds two.</summary>
    static abstract Vector256<float> Join(Vector256<float> first, Vector256<float> second);

    /// <summary>The cell of one lane.</summary>
    static abstract float Join(float first, float second);
}

/// <summary>Cells for <see cref="Packing.Floats"/>.</summary>
internal readonly struct FloatCells : ICells
{
    public static int Steps => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Join(Vector256<float> first, Vector256<float> second) => first;

    public static float Join(float first, float second) => first;
}

/// <summary>Cells for <see cref="Packing.RoundedFloats"/>.</summary>
internal readonly struct RoundedCells : ICells
{
    public static int Steps => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Join(Vector256<float> first, Vector256<float> second) => BFloat16Rounding.Bits(first).AsSingle();

    public static float Join(float first, float second) => HalfConversion.BFloat16ToSingle(HalfConversion.SingleToBFloat16(first));
}

/// <summary>Cells for <see cref="Packing.Pairs"/>.</summary>
internal readonly struct PairCells : ICells
{
    public static int Steps => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Join(Vector256<float> first, Vector256<float> second) =>
        ((BFloat16Rounding.Bits(first) >>> 16) | BFloat16Rounding.Bits(second)).AsSingle();

    public static float Join(float first, float second) =>
        BitConverter.UInt32BitsToSingle(HalfConversion.SingleToBFloat16(first) | ((uint)HalfConversion.SingleToBFloat16(second) << 16));
}
