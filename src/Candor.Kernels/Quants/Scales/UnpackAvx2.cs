using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary>Steps that the decoders of several types share: bits and half bytes to bytes.</summary>
internal static unsafe class UnpackAvx2
{
    /// <summary>Sixteen bytes to 32 values: the low halves first, then the high halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> Nibbles(byte* packed)
    {
        Vector128<ushort> bytes = Sse2.LoadVector128((ushort*)packed);
        return Avx2.And(
            Vector256.Create(bytes, Sse2.ShiftRightLogical(bytes, 4)).AsByte(), Vector256.Create((byte)15));
    }

    /// <summary>The low two bits of each byte after a shift of all by <paramref name="shift"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> TwoBits(Vector256<byte> packed, [ConstantExpected] byte shift) =>
        Avx2.And(Avx2.ShiftRightLogical(packed.AsUInt16(), shift).AsByte(), Vector256.Create((byte)3));

    /// <summary>The high half of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> HighNibbles(Vector256<byte> packed) =>
        Avx2.And(Avx2.ShiftRightLogical(packed.AsUInt16(), 4).AsByte(), Vector256.Create((byte)15));

    /// <summary>Byte i of the result is 0xFF where bit i is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> SpreadBits(uint bits)
    {
        Vector256<byte> which = Vector256.Create(
            0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, (byte)3);
        Vector256<byte> mask = Vector256.Create(0x8040201008040201).AsByte();
        Vector256<byte> bytes = Avx2.Shuffle(Vector256.Create(bits).AsByte(), which);
        return Avx2.CompareEqual(Avx2.And(bytes, mask), mask);
    }
}
