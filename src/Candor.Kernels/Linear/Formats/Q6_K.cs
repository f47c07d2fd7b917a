using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Super-blocks of 6-bit codes in two planes, sixteen 8-bit scales and a half scale: <c>d * s * (q - 32)</c> by groups of 16.</summary>
internal readonly unsafe struct Q6_K : IBlockFormat
{
    public static ElementType Type => ElementType.Q6_K;

    public static int BlockElements => 256;

    public static int BlockBytes => 210;

    public static int GroupElements => 16;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part)
    {
        int half = part >> 2, quarter = part & 3;
        Vector256<byte> low = Vector256.Load(block + (64 * half) + (32 * (quarter & 1)));
        Vector256<byte> high = Vector256.Load(block + 128 + (32 * half));
        low = (quarter < 2 ? low : Bits.ShiftRight(low, 4)) & Vector256.Create((byte)0x0F);
        high = Bits.ShiftLeft(Bits.ShiftRight(high, 2 * quarter) & Vector256.Create((byte)3), 4);
        return low | high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.Widen(Codes(block, part));

    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        float d = Bits.Half(block + 208);
        for (int i = 0; i < 16; i++)
        {
            float scale = d * (sbyte)block[192 + i];
            scales[i * stride] = scale;
            offsets[i * stride] = scale * -32;
        }
    }
}
