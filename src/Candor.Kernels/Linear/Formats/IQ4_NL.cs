using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Blocks of a half scale and 16 bytes of nibbles that index a table of signed bytes: <c>d * table[q]</c>.</summary>
internal readonly unsafe struct IQ4_NL : ISmallBlockFormat
{
    public static ElementType Type => ElementType.IQ4_NL;

    public static int BlockElements => 32;

    public static int BlockBytes => 18;

    public static int GroupElements => 32;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part) =>
        Bits.Look(NonLinear4.Table, Bits.Nibbles(block + 2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => Bits.Widen(Codes(block, part).AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        *scales = Bits.Half(block);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<float> Scales, Vector128<float> Offsets) FourScales(byte* a, byte* b, byte* c, byte* d)
    {
        return (Bits.UpperHalves(Bits.FourHeads(a, b, c, d) << 16), default);
    }
}
