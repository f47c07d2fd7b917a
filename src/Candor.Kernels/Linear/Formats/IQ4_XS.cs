using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Super-blocks of nibbles that index a table of signed bytes, eight 6-bit scales and a half scale: <c>d * (s - 32) * table[q]</c> by groups of 32.</summary>
internal readonly unsafe struct IQ4_XS : IBlockFormat
{
    public static ElementType Type => ElementType.IQ4_XS;

    public static int BlockElements => 256;

    public static int BlockBytes => 136;

    public static int GroupElements => 32;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part)
    {
        return Bits.Look(NonLinear4.Table, Bits.Nibbles(block + 8 + (16 * part)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.Widen(Codes(block, part).AsSByte());

    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        float d = Bits.Half(block);
        int high = *(ushort*)(block + 2);
        for (int i = 0; i < 8; i++)
        {
            int low = (block[4 + (i >> 1)] >> (4 * (i & 1))) & 15;
            scales[i * stride] = d * ((low | (((high >> (2 * i)) & 3) << 4)) - 32);
        }
    }
}
