using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Iq2Scalar"/>, 32 codes at a time.</summary>
internal static unsafe class Iq2Avx2
{
    internal static void DecodeXXS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq2XxsGrid.Entries, spread = Signs.SpreadEven;
        for (long b = 0; b < blocks; b++, row += 66, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int g = 0; g < 8; g++, codes += 32)
            {
                uint indices = *(uint*)(row + 2 + 8 * g), signs = *(uint*)(row + 6 + 8 * g);
                scales[2 * g] = scales[2 * g + 1] = d * (0.5f + (int)(signs >> 28)) * 0.25f;
                Vector256<byte> magnitudes = GridAvx2.Load(grid, indices & 255, indices >> 8 & 255, indices >> 16 & 255, indices >> 24);
                Avx.Store((byte*)codes, GridAvx2.ApplySigns(magnitudes, GridAvx2.SpreadSevens(spread, signs)));
            }
        }
    }

    internal static void DecodeXS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq2XsGrid.Entries, spread = Signs.SpreadEven;
        for (long b = 0; b < blocks; b++, row += 74, scales += 16)
        {
            Scales(row, row + 66, scales);
            for (int g = 0; g < 8; g++, codes += 32)
            {
                var words = (ushort*)(row + 2 + 8 * g);
                uint a = words[0], c = words[1], e = words[2], f = words[3];
                Vector256<byte> magnitudes = GridAvx2.Load(grid, a & 511, c & 511, e & 511, f & 511);
                Avx.Store((byte*)codes, GridAvx2.ApplySigns(magnitudes, GridAvx2.Load(spread, a >> 9, c >> 9, e >> 9, f >> 9)));
            }
        }
    }

    internal static void DecodeS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq2SGrid.Entries;
        for (long b = 0; b < blocks; b++, row += 82, scales += 16)
        {
            Scales(row, row + 74, scales);
            for (int g = 0; g < 8; g++, codes += 32)
            {
                byte* low = row + 2 + 4 * g;
                uint high = row[66 + g];
                Vector256<byte> magnitudes = GridAvx2.Load(
                    grid, low[0] | (high & 3) << 8, low[1] | (high >> 2 & 3) << 8, low[2] | (high >> 4 & 3) << 8, low[3] | (high >> 6) << 8);
                Avx.Store((byte*)codes, GridAvx2.ApplySigns(magnitudes, UnpackAvx2.SpreadBits(*(uint*)(row + 34 + 4 * g))));
            }
        }
    }

    // Sixteen scales, half a byte each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scales(byte* d, byte* packed, float* scales)
    {
        Vector128<byte> low = Sse2.And(Vector128.CreateScalar(*(ulong*)packed).AsByte(), Vector128.Create((byte)15));
        Vector128<byte> high = Vector128.CreateScalar(*(ulong*)packed >> 4 & 0x0F0F0F0F0F0F0F0F).AsByte();
        Vector128<byte> inOrder = Sse2.UnpackLow(low, high);
        Vector256<float> scale = Vector256.Create(HalfConversion.HalfToSingle(*(ushort*)d));
        for (int half = 0; half < 2; half++, scales += 8, inOrder = Sse2.ShiftRightLogical128BitLane(inOrder, 8))
        {
            Vector256<float> steps = Avx.Add(
                Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(inOrder)), Vector256.Create(0.5f));
            Avx.Store(scales, Avx.Multiply(Avx.Multiply(scale, steps), Vector256.Create(0.25f)));
        }
    }
}
