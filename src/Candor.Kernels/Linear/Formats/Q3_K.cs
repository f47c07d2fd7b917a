using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Super-blocks of 3-bit codes in two planes, sixteen 6-bit scales and a half scale: <c>d * (s - 32) * (q - 4)</c> by groups of 16.</summary>
internal readonly unsafe struct Q3_K : IBlockFormat
{
    public static ElementType Type => ElementType.Q3_K;

    public static int BlockElements => 256;

    public static int BlockBytes => 110;

    public static int GroupElements => 16;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part)
    {
        Vector256<byte> four = Vector256.Load(block + 32 + (32 * (part >> 2)));
        Vector256<byte> low = Bits.ShiftRight(four, 2 * (part & 3)) & Vector256.Create((byte)3);
        Vector256<byte> third = Bits.ShiftRight(Vector256.Load(block), part) & Vector256.Create((byte)1);
        return low | Bits.ShiftLeft(third, 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.Widen(Codes(block, part));

    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        float d = Bits.Half(block + 108);
        byte* packed = block + 96;
        for (int i = 0; i < 16; i++)
        {
            int low = (packed[i & 7] >> (i < 8 ? 0 : 4)) & 15, high = (packed[8 + (i & 3)] >> (2 * (i >> 2))) & 3;
            float scale = d * ((low | (high << 4)) - 32);
            scales[i * stride] = scale;
            offsets[i * stride] = scale * -4;
        }
    }
}
