using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Super-blocks of 2-bit codes, sixteen 4-bit scales and minima, and two half scales: <c>d * s * q - dmin * m</c> by groups of 16.</summary>
internal readonly unsafe struct Q2_K : IBlockFormat
{
    public static ElementType Type => ElementType.Q2_K;

    public static int BlockElements => 256;

    public static int BlockBytes => 84;

    public static int GroupElements => 16;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part)
    {
        Vector256<byte> four = Vector256.Load(block + 16 + (32 * (part >> 2)));
        return Bits.ShiftRight(four, 2 * (part & 3)) & Vector256.Create((byte)3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.Widen(Codes(block, part));

    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        float d = Bits.Half(block + 80), minimum = -Bits.Half(block + 82);
        for (int i = 0; i < 16; i++)
        {
            scales[i * stride] = d * (block[i] & 15);
            offsets[i * stride] = minimum * (block[i] >> 4);
        }
    }
}
