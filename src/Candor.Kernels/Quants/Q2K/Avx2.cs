using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q2KScalar"/>, 32 codes at a time.</summary>
internal static unsafe class Q2KAvx2
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        for (long b = 0; b < blocks; b++, row += 84, codes += 256, scales += 16, mins += 16)
        {
            Vector256<float> d = Vector256.Create(HalfConversion.HalfToSingle(*(ushort*)(row + 80)));
            Vector256<float> dmin = Vector256.Create(-HalfConversion.HalfToSingle(*(ushort*)(row + 82)));
            for (int g = 0; g < 16; g += 8)
            {
                ulong packed = *(ulong*)(row + g);
                Avx.Store(scales + g, Avx.Multiply(d, ScalesAvx2.FromBytes(packed & 0x0F0F0F0F0F0F0F0F)));
                Avx.Store(mins + g, Avx.Multiply(dmin, ScalesAvx2.FromBytes(packed >> 4 & 0x0F0F0F0F0F0F0F0F)));
            }

            for (int half = 0; half < 2; half++)
            {
                Vector256<byte> packed = Avx.LoadVector256(row + 16 + 32 * half);
                var run = (byte*)codes + 128 * half;
                Avx.Store(run, Avx2.And(packed, Vector256.Create((byte)3)));
                Avx.Store(run + 32, UnpackAvx2.TwoBits(packed, 2));
                Avx.Store(run + 64, UnpackAvx2.TwoBits(packed, 4));
                Avx.Store(run + 96, UnpackAvx2.TwoBits(packed, 6));
            }
        }
    }
}
