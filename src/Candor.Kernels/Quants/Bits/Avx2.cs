using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="BitsScalar"/>, 32 or 64 codes at a time.</summary>
internal static unsafe class BitsAvx2
{
    internal static void DecodeQ1_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        Vector256<byte> two = Vector256.Create((byte)2);
        Vector256<sbyte> one = Vector256.Create((sbyte)1);
        for (long b = 0; b < blocks; b++, row += 18, codes += 128, scales += 8)
        {
            Avx.Store(scales, Vector256.Create(HalfConversion.HalfToSingle(*(ushort*)row)));
            for (int i = 0; i < 4; i++)
            {
                Vector256<byte> set = UnpackAvx2.SpreadBits(*(uint*)(row + 2 + 4 * i));
                Avx.Store(codes + 32 * i, Avx2.Subtract(Avx2.And(set, two).AsSByte(), one));
            }
        }
    }

    internal static void DecodeQ2_0(byte* row, long blocks, sbyte* codes, float* scales)
    {
        // The lower and the upper code of a half byte.
        Vector256<byte> lower = Vector256.Create(Vector128.Create(-1, 0, 1, 2, -1, 0, 1, 2, -1, 0, 1, 2, -1, 0, 1, (sbyte)2).AsByte());
        Vector256<byte> upper = Vector256.Create(Vector128.Create(-1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, (sbyte)2).AsByte());
        for (long b = 0; b < blocks; b++, row += 18, codes += 64, scales += 4)
        {
            Sse.Store(scales, Vector128.Create(HalfConversion.HalfToSingle(*(ushort*)row)));
            Vector256<byte> split = UnpackAvx2.Nibbles(row + 2);
            Vector128<byte> low = split.GetLower(), high = split.GetUpper();
            Vector256<byte> nibbles = Vector256.Create(Sse2.UnpackLow(low, high), Sse2.UnpackHigh(low, high));
            Vector256<byte> first = Avx2.Shuffle(lower, nibbles), second = Avx2.Shuffle(upper, nibbles);
            Vector256<byte> even = Avx2.UnpackLow(first, second), odd = Avx2.UnpackHigh(first, second);
            Avx.Store((byte*)codes, Avx2.Permute2x128(even, odd, 0x20));
            Avx.Store((byte*)codes + 32, Avx2.Permute2x128(even, odd, 0x31));
        }
    }
}
