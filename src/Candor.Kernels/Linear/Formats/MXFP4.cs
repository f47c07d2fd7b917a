using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Blocks of a power-of-two scale and 16 bytes of nibbles that are FP4 numbers (E2M1), here doubled and raised by 12.</summary>
internal readonly unsafe struct MXFP4 : ISmallBlockFormat
{
    private static Vector256<byte> Table
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Vector128<byte> half = Vector128.Create((byte)12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0);
            return Vector256.Create(half, half);
        }
    }

    public static ElementType Type => ElementType.MXFP4;

    public static int BlockElements => 32;

    public static int BlockBytes => 17;

    public static int GroupElements => 32;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part) =>
        Bits.Look(Table, Bits.Nibbles(block + 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.Widen(Codes(block, part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        *scales = Bits.HalvedPowerOfTwo(*block);
        *offsets = *scales * -12;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<float> Scales, Vector128<float> Offsets) FourScales(byte* a, byte* b, byte* c, byte* d)
    {
        Vector128<float> scales = Vector128.Create(
            Bits.HalvedPowerOfTwo(*a), Bits.HalvedPowerOfTwo(*b), Bits.HalvedPowerOfTwo(*c), Bits.HalvedPowerOfTwo(*d));
        return (scales, scales * -12f);
    }
}
