using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Tensors;

namespace Candor.Kernels.Formats;

/// <summary>Blocks of a half scale and 32 signed bytes: <c>d * q</c>.</summary>
internal readonly unsafe struct Q8_0 : ISmallBlockFormat
{
    public static ElementType Type => ElementType.Q8_0;

    public static int BlockElements => 32;

    public static int BlockBytes => 34;

    public static int GroupElements => 32;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int part) =>
        Vector256.Load(block + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Words(byte* block, int part) => (Avx2.ConvertToVector256Int16((sbyte*)block + 2), Avx2.ConvertToVector256Int16((sbyte*)block + 18));

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
