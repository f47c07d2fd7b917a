using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>As <see cref="Q4_K"/>, with a fifth bit for each code.</summary>
internal readonly unsafe struct Q5_K : IBlockFormat
{
    public static ElementType Type => ElementType.Q5_K;

    public static int BlockElements => 256;

    public static int BlockBytes => 176;

    public static int GroupElements => 32;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part)
    {
        Vector256<byte> both = Vector256.Load(block + 48 + (32 * (part >> 1)));
        Vector256<byte> low = ((part & 1) == 0 ? both : Bits.ShiftRight(both, 4)) & Vector256.Create((byte)0x0F);
        Vector256<byte> fifth = Bits.ShiftRight(Vector256.Load(block + 16), part) & Vector256.Create((byte)1);
        return low | Bits.ShiftLeft(fifth, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.Widen(Codes(block, part));

    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        SixBitPairs.Scales(block, scales, offsets, stride);
    }
}
