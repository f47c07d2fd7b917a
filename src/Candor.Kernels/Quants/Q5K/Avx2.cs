using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q5KScalar"/>, 64 codes at a time.</summary>
internal static unsafe class Q5KAvx2
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        Vector256<byte> fifteen = Vector256.Create((byte)15);
        for (long b = 0; b < blocks; b++, row += 176, codes += 256, scales += 16, mins += 16)
        {
            Q4KAvx2.ExpandScales(row, scales, mins);
            Vector256<byte> high = Avx.LoadVector256(row + 16);
            for (int j = 0; j < 4; j++)
            {
                Vector256<byte> packed = Avx.LoadVector256(row + 48 + 32 * j);
                Avx.Store((byte*)codes + 64 * j, Avx2.Or(Avx2.And(packed, fifteen), FifthBit(high, 2 * j)));
                Avx.Store((byte*)codes + 64 * j + 32, Avx2.Or(UnpackAvx2.HighNibbles(packed), FifthBit(high, 2 * j + 1)));
            }
        }
    }

    // 16 where the bit is set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> FifthBit(Vector256<byte> high, int bit)
    {
        Vector256<byte> mask = Vector256.Create((byte)(1 << bit));
        return Avx2.And(Avx2.CompareEqual(Avx2.And(high, mask), mask), Vector256.Create((byte)16));
    }
}
