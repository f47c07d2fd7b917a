using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="TernaryScalar"/>, 32 codes at a time.</summary>
internal static unsafe class TernaryAvx2
{
    internal static void DecodeTQ1_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 54, codes += 256, scales += 16)
        {
            new Span<float>(scales, 16).Fill(HalfConversion.HalfToSingle(*(ushort*)(row + 52)));
            Vector256<byte> wide = Avx.LoadVector256(row);
            Vector128<byte> narrow = Sse2.LoadVector128(row + 32);
            uint last = *(uint*)(row + 48);
            Vector256<byte> lasts = Vector256.Create(last).AsByte();
            for (int n = 0; n < 5; n++)
            {
                Avx.Store(codes + 32 * n, Digit(wide));
                Sse2.Store(codes + 160 + 16 * n, Digit(narrow.ToVector256Unsafe()).GetLower());
                if (n < 4) *(uint*)(codes + 240 + 4 * n) = Digit(lasts).AsUInt32().ToScalar();
                wide = Avx2.Add(wide, Avx2.Add(wide, wide));
                narrow = Sse2.Add(narrow, Sse2.Add(narrow, narrow));
                lasts = Avx2.Add(lasts, Avx2.Add(lasts, lasts));
            }
        }
    }

    internal static void DecodeTQ2_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        Vector256<sbyte> one = Vector256.Create((sbyte)1);
        for (long b = 0; b < blocks; b++, row += 66, codes += 256, scales += 16)
        {
            new Span<float>(scales, 16).Fill(HalfConversion.HalfToSingle(*(ushort*)(row + 64)));
            for (int half = 0; half < 2; half++)
            {
                Vector256<byte> packed = Avx.LoadVector256(row + 32 * half);
                sbyte* run = codes + 128 * half;
                Avx.Store(run, Avx2.Subtract(UnpackAvx2.TwoBits(packed, 0).AsSByte(), one));
                Avx.Store(run + 32, Avx2.Subtract(UnpackAvx2.TwoBits(packed, 2).AsSByte(), one));
                Avx.Store(run + 64, Avx2.Subtract(UnpackAvx2.TwoBits(packed, 4).AsSByte(), one));
                Avx.Store(run + 96, Avx2.Subtract(UnpackAvx2.TwoBits(packed, 6).AsSByte(), one));
            }
        }
    }

    // The first base-3 digit of a fraction of 256, less one: from 86 on it is 1, from 171 on 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Digit(Vector256<byte> fraction)
    {
        Vector256<sbyte> one = Avx2.CompareEqual(Avx2.Max(fraction, Vector256.Create((byte)86)), fraction).AsSByte();
        Vector256<sbyte> two = Avx2.CompareEqual(Avx2.Max(fraction, Vector256.Create((byte)171)), fraction).AsSByte();
        return Avx2.Subtract(Vector256<sbyte>.AllBitsSet, Avx2.Add(one, two));
    }
}
