using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Formats;

/// <summary>Pieces that several block formats share.</summary>
internal static unsafe class Bits
{
    // Moving a half's exponent and fraction to a single's place divides by 2^112; multiplying restores it, and makes
    // subnormal halves come out right. Infinity and not-a-number, which no sound file holds as a scale, become 2^16 and above.
    private const float HalfBias = 5.192296858534828e33f;
    private const uint HalfMask = 0x8FFF_E000;

    /// <summary>The value of an IEEE half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Half(byte* bits) =>
        BitConverter.UInt32BitsToSingle((uint)((int)((uint)*(ushort*)bits << 16) >> 3) & HalfMask) * HalfBias;

    /// <summary>The values of four IEEE halves that stand in the upper half of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> UpperHalves(Vector128<int> lanes) =>
        ((lanes >> 3).AsUInt32() & Vector128.Create(HalfMask)).AsSingle() * Vector128.Create(HalfBias);

    /// <summary>The first four bytes of four blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> FourHeads(byte* a, byte* b, byte* c, byte* d) =>
        Vector128.Create(*(int*)a, *(int*)b, *(int*)c, *(int*)d);

    /// <summary>The scale of a microscaling block (E8M0), halved: <c>2^(exponent - 128)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float HalvedPowerOfTwo(byte exponent) =>
        BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x0020_0000u << exponent : (uint)(exponent - 1) << 23);

    /// <summary>16 bytes as 32 nibbles: the low ones, then the high ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Nibbles(byte* bytes)
    {
        Vector128<byte> both = Vector128.Load(bytes);
        return Vector256.Create(both, (both.AsUInt16() >>> 4).AsByte()) & Vector256.Create((byte)0x0F);
    }

    /// <summary>16 bytes as 32 nibbles in 16-bit integers: the low ones, then the high ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> Low, Vector256<short> High) WideNibbles(byte* bytes)
    {
        Vector256<short> both = Avx2.ConvertToVector256Int16(bytes);
        return (both & Vector256.Create((short)0x0F), both >>> 4);
    }

    /// <summary>32 codes without sign as 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Widen(Vector256<byte> codes) =>
        (Avx2.ConvertToVector256Int16(codes.GetLower()), Avx2.ConvertToVector256Int16(codes.GetUpper()));

    /// <summary>32 codes with sign as 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> First, Vector256<short> Last) Widen(Vector256<sbyte> codes) =>
        (Avx2.ConvertToVector256Int16(codes.GetLower()), Avx2.ConvertToVector256Int16(codes.GetUpper()));

    /// <summary>32 bits as 32 bytes that are 0 or <paramref name="value"/>, the lowest bit first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Spread(uint bits, byte value)
    {
        Vector256<byte> mask = Vector256.Create(0x8040_2010_0804_0201ul).AsByte();
        Vector256<byte> copies = Look(
            Vector256.Create(bits).AsByte(),
            Vector256.Create(0ul, 0x0101_0101_0101_0101ul, 0x0202_0202_0202_0202ul, 0x0303_0303_0303_0303ul).AsByte());
        return Vector256.Equals(copies & mask, mask) & Vector256.Create(value);
    }

    /// <summary>Looks each byte (0 to 15) up in its 16-byte half of the table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Look(Vector256<byte> table, Vector256<byte> indices) => Avx2.IsSupported
        ? Avx2.Shuffle(table, indices)
        : Vector256.Create(
            Vector128.Shuffle(table.GetLower(), indices.GetLower()),
            Vector128.Shuffle(table.GetUpper(), indices.GetUpper()));

    /// <summary>Shifts each byte right; the bits that come in from its neighbour must be masked by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ShiftRight(Vector256<byte> bytes, int bits) => (bytes.AsUInt16() >>> bits).AsByte();

    /// <summary>Shifts each byte left; the bits that come in from its neighbour must be masked by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ShiftLeft(Vector256<byte> bytes, int bits) => (bytes.AsUInt16() << bits).AsByte();
}
