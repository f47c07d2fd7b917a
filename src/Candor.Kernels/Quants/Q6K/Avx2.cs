using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Q6KScalar"/>, 128 codes at a time.</summary>
internal static unsafe class Q6KAvx2
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales)
    {
        Vector256<byte> fifteen = Vector256.Create((byte)15);
        for (long b = 0; b < blocks; b++, row += 210, codes += 256, scales += 16)
        {
            Vector256<float> d = Vector256.Create(HalfConversion.HalfToSingle(*(ushort*)(row + 208)));
            for (int g = 0; g < 16; g += 8)
            {
                Vector256<int> scale = Avx2.ConvertToVector256Int32((sbyte*)row + 192 + g);
                Avx.Store(scales + g, Avx.Multiply(d, Avx.ConvertToVector256Single(scale)));
            }

            for (int half = 0; half < 2; half++)
            {
                Vector256<byte> first = Avx.LoadVector256(row + 64 * half), second = Avx.LoadVector256(row + 64 * half + 32);
                Vector256<byte> high = Avx.LoadVector256(row + 128 + 32 * half);
                sbyte* run = codes + 128 * half;
                Store(run, Avx2.And(first, fifteen), Avx2.ShiftLeftLogical(HighBits(high, 0x03).AsUInt16(), 4).AsByte());
                Store(run + 32, Avx2.And(second, fifteen), Avx2.ShiftLeftLogical(HighBits(high, 0x0C).AsUInt16(), 2).AsByte());
                Store(run + 64, UnpackAvx2.HighNibbles(first), HighBits(high, 0x30));
                Store(run + 96, UnpackAvx2.HighNibbles(second), Avx2.ShiftRightLogical(HighBits(high, 0xC0).AsUInt16(), 2).AsByte());
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> HighBits(Vector256<byte> high, byte mask) => Avx2.And(high, Vector256.Create(mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(sbyte* codes, Vector256<byte> low, Vector256<byte> high) =>
        Avx.Store(codes, Avx2.Subtract(Avx2.Or(low, high).AsSByte(), Vector256.Create((sbyte)32)));
}
