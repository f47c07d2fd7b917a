using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q4KScalar"/>, 64 codes at a time.</summary>
internal static unsafe class Q4KAvx2
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales, float* mins)
    {
        Vector256<byte> fifteen = Vector256.Create((byte)15);
        for (long b = 0; b < blocks; b++, row += 144, codes += 256, scales += 16, mins += 16)
        {
            ExpandScales(row, scales, mins);
            for (int j = 0; j < 4; j++)
            {
                Vector256<byte> packed = Avx.LoadVector256(row + 16 + 32 * j);
                Avx.Store((byte*)codes + 64 * j, Avx2.And(packed, fifteen));
                Avx.Store((byte*)codes + 64 * j + 32, UnpackAvx2.HighNibbles(packed));
            }
        }
    }

    /// <summary>As <see cref="Q4KScales.Expand"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void ExpandScales(byte* block, float* scales, float* mins)
    {
        Vector256<float> d = Vector256.Create(HalfConversion.HalfToSingle(*(ushort*)block));
        Vector256<float> dmin = Vector256.Create(-HalfConversion.HalfToSingle(*(ushort*)(block + 2)));
        (ulong s, ulong m) = Q4KScales.Unpack(block + 4);
        ScalesAvx2.StorePairs(scales, Avx.Multiply(d, ScalesAvx2.FromBytes(s)));
        ScalesAvx2.StorePairs(mins, Avx.Multiply(dmin, ScalesAvx2.FromBytes(m)));
    }
}
