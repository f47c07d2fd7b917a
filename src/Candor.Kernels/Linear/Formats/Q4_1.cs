using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Blocks of a half scale, a half minimum and 16 bytes of nibbles: <c>d * q + m</c>.</summary>
internal readonly unsafe struct Q4_1 : ISmallBlockFormat
{
    public static ElementType Type => ElementType.Q4_1;

    public static int BlockElements => 32;

    public static int BlockBytes => 20;

    public static int GroupElements => 32;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part) =>
        Bits.Nibbles(block + 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.WideNibbles(block + 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        *scales = Bits.Half(block);
        *offsets = Bits.Half(block + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<float> Scales, Vector128<float> Offsets) FourScales(byte* a, byte* b, byte* c, byte* d)
    {
        Vector128<int> heads = Bits.FourHeads(a, b, c, d);
        return (Bits.UpperHalves(heads << 16), Bits.UpperHalves(heads));
    }
}
