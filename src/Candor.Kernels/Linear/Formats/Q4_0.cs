using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Blocks of a half scale and 16 bytes of nibbles: <c>d * (q - 8)</c>.</summary>
internal readonly unsafe struct Q4_0 : ISmallBlockFormat
{
    public static ElementType Type => ElementType.Q4_0;

    public static int BlockElements => 32;

    public static int BlockBytes => 18;

    public static int GroupElements => 32;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part) =>
        Bits.Nibbles(block + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.WideNibbles(block + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        *scales = Bits.Half(block);
        *offsets = *scales * -8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<float> Scales, Vector128<float> Offsets) FourScales(byte* a, byte* b, byte* c, byte* d)
    {
        Vector128<float> scales = Bits.UpperHalves(Bits.FourHeads(a, b, c, d) << 16);
        return (scales, scales * -8f);
    }
}
