using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Super-blocks of two half scales, eight 6-bit scales and minima, and nibbles: <c>d * s * q - dmin * m</c> by groups of 32.</summary>
internal readonly unsafe struct Q4_K : IBlockFormat
{
    public static ElementType Type => ElementType.Q4_K;

    public static int BlockElements => 256;

    public static int BlockBytes => 144;

    public static int GroupElements => 32;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part)
    {
        Vector256<byte> both = Vector256.Load(block + 16 + (32 * (part >> 1)));
        return ((part & 1) == 0 ? both : Bits.ShiftRight(both, 4)) & Vector256.Create((byte)0x0F);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part)
    {
        byte* nibbles = block + 16 + (32 * (part >> 1));
        Vector256<short> first = Avx2.ConvertToVector256Int16(nibbles), last = Avx2.ConvertToVector256Int16(nibbles + 16), mask = Vector256.Create((short)0x0F);
        return (part & 1) == 0 ? (first & mask, last & mask) : (first >>> 4, last >>> 4);
    }

    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        SixBitPairs.Scales(block, scales, offsets, stride);
    }
}
