using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Iq4Scalar"/>, 32 codes at a time: a byte shuffle looks them up.</summary>
internal static unsafe class Iq4Avx2
{
    internal static void DecodeIQ4_NL(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ScalesAvx2.ExpandHalves(row, 18, blocks, scales);
        Vector256<byte> levels = Table(Iq4Scalar.NonLinear);
        for (long b = 0; b < blocks; b++, row += 18, codes += 32)
            Avx.Store((byte*)codes, Avx2.Shuffle(levels, UnpackAvx2.Nibbles(row + 2)));
    }

    internal static void DecodeIQ4_XS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        Vector256<byte> levels = Table(Iq4Scalar.NonLinear);
        for (long b = 0; b < blocks; b++, row += 136, codes += 256, scales += 16)
        {
            Vector256<float> d = Vector256.Create(HalfConversion.HalfToSingle(*(ushort*)row));
            Vector256<uint> low = Avx2.And(
                Avx2.ShiftRightLogicalVariable(Vector256.Create(*(uint*)(row + 4)), Vector256.Create(0u, 4, 8, 12, 16, 20, 24, 28)),
                Vector256.Create(15u));
            Vector256<uint> high = Avx2.And(
                Avx2.ShiftRightLogicalVariable(Vector256.Create((uint)*(ushort*)(row + 2)), Vector256.Create(0u, 2, 4, 6, 8, 10, 12, 14)),
                Vector256.Create(3u));
            Vector256<int> scale = Avx2.Subtract(
                Avx2.Or(low, Avx2.ShiftLeftLogical(high, 4)).AsInt32(), Vector256.Create(32));
            ScalesAvx2.StorePairs(scales, Avx.Multiply(d, Avx.ConvertToVector256Single(scale)));
            for (int g = 0; g < 8; g++)
                Avx.Store((byte*)codes + 32 * g, Avx2.Shuffle(levels, UnpackAvx2.Nibbles(row + 8 + 16 * g)));
        }
    }

    internal static void DecodeMXFP4(byte* row, long blocks, sbyte* codes, float* scales)
    {
        Vector256<byte> levels = Table(Iq4Scalar.Fp4);
        for (long b = 0; b < blocks; b++, row += 17, codes += 32, scales += 2)
        {
            scales[0] = scales[1] = Fp4Scales.HalfOfE8M0(row[0]);
            Avx.Store((byte*)codes, Avx2.Shuffle(levels, UnpackAvx2.Nibbles(row + 1)));
        }
    }

    internal static void DecodeNVFP4(byte* row, long blocks, sbyte* codes, float* scales)
    {
        Vector256<byte> levels = Table(Iq4Scalar.Fp4), fifteen = Vector256.Create((byte)15);
        float* halves = Fp4Scales.HalvesOfUE4M3;
        for (long b = 0; b < blocks; b++, row += 36, codes += 64, scales += 4)
        {
            for (int g = 0; g < 4; g++) scales[g] = halves[row[g]];
            Vector256<byte> packed = Avx.LoadVector256(row + 4);
            Vector256<ulong> low = Avx2.Shuffle(levels, Avx2.And(packed, fifteen)).AsUInt64();
            Vector256<ulong> high = Avx2.Shuffle(levels, UnpackAvx2.HighNibbles(packed)).AsUInt64();
            // Eight bytes make sixteen elements: low halves, then high halves.
            Vector256<ulong> even = Avx2.UnpackLow(low, high), odd = Avx2.UnpackHigh(low, high);
            Avx.Store((ulong*)codes, Avx2.Permute2x128(even, odd, 0x20));
            Avx.Store((ulong*)(codes + 32), Avx2.Permute2x128(even, odd, 0x31));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Table(ReadOnlySpan<sbyte> levels)
    {
        Vector128<byte> table = Vector128.Create(levels).AsByte();
        return Vector256.Create(table, table);
    }
}
