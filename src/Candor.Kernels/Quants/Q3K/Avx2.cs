using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q3KScalar"/>, 32 codes at a time.</summary>
internal static unsafe class Q3KAvx2
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales)
    {
        sbyte* unpacked = stackalloc sbyte[16];
        for (long b = 0; b < blocks; b++, row += 110, codes += 256, scales += 16)
        {
            Vector256<float> d = Vector256.Create(HalfConversion.HalfToSingle(*(ushort*)(row + 108)));
            Q3KScalar.UnpackScales(row + 96, (byte*)unpacked);
            for (int g = 0; g < 16; g += 8)
            {
                Vector256<int> scale = Avx2.Subtract(Avx2.ConvertToVector256Int32(unpacked + g), Vector256.Create(32));
                Avx.Store(scales + g, Avx.Multiply(d, Avx.ConvertToVector256Single(scale)));
            }

            // The bits that are not set take 4 away.
            Vector256<byte> unset = Avx2.Xor(Avx.LoadVector256(row), Vector256<byte>.AllBitsSet);
            Vector256<byte> first = Avx.LoadVector256(row + 32), second = Avx.LoadVector256(row + 64);
            Store(codes, Avx2.And(first, Vector256.Create((byte)3)), unset, 0);
            Store(codes + 32, UnpackAvx2.TwoBits(first, 2), unset, 1);
            Store(codes + 64, UnpackAvx2.TwoBits(first, 4), unset, 2);
            Store(codes + 96, UnpackAvx2.TwoBits(first, 6), unset, 3);
            Store(codes + 128, Avx2.And(second, Vector256.Create((byte)3)), unset, 4);
            Store(codes + 160, UnpackAvx2.TwoBits(second, 2), unset, 5);
            Store(codes + 192, UnpackAvx2.TwoBits(second, 4), unset, 6);
            Store(codes + 224, UnpackAvx2.TwoBits(second, 6), unset, 7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(sbyte* codes, Vector256<byte> low, Vector256<byte> unset, int bit)
    {
        Vector256<byte> mask = Vector256.Create((byte)(1 << bit));
        Vector256<byte> isUnset = Avx2.CompareEqual(Avx2.And(unset, mask), mask);
        // Two bits less 4: the same as to set the upper six.
        Avx.Store((byte*)codes, Avx2.Or(low, Avx2.And(isUnset, Vector256.Create((byte)0xFC))));
    }
}
