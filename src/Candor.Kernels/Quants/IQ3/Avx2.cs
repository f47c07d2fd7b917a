using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Quants;

/// <summary><see cref="Iq3Scalar"/>, 32 codes at a time.</summary>
internal static unsafe class Iq3Avx2
{
    internal static void DecodeXXS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        uint* grid = Iq3XxsGrid.Entries;
        ulong* spread = Signs.SpreadEven;
        for (long b = 0; b < blocks; b++, row += 98, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int g = 0; g < 8; g++, codes += 32)
            {
                uint signs = *(uint*)(row + 66 + 4 * g);
                scales[2 * g] = scales[2 * g + 1] = d * (0.5f + (int)(signs >> 28)) * 0.5f;
                Vector256<byte> magnitudes = Load(grid, row + 2 + 8 * g, 0);
                Avx.Store((byte*)codes, GridAvx2.ApplySigns(magnitudes, GridAvx2.SpreadSevens(spread, signs)));
            }
        }
    }

    internal static void DecodeS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        uint* grid = Iq3SGrid.Entries;
        for (long b = 0; b < blocks; b++, row += 110, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            uint packed = *(uint*)(row + 106);
            for (int g = 0; g < 8; g++, codes += 32, packed >>= 4)
            {
                scales[2 * g] = scales[2 * g + 1] = d * (int)(1 + 2 * (packed & 15));
                Vector256<byte> magnitudes = Load(grid, row + 2 + 8 * g, row[66 + g]);
                Avx.Store((byte*)codes, GridAvx2.ApplySigns(magnitudes, UnpackAvx2.SpreadBits(*(uint*)(row + 74 + 4 * g))));
            }
        }
    }

    // Eight entries of four codes; bit i of high is the ninth bit of index i.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Load(uint* grid, byte* low, uint high) => Vector256.Create(
        Pair(grid, low[0] | (high << 8 & 256), low[1] | (high << 7 & 256)),
        Pair(grid, low[2] | (high << 6 & 256), low[3] | (high << 5 & 256)),
        Pair(grid, low[4] | (high << 4 & 256), low[5] | (high << 3 & 256)),
        Pair(grid, low[6] | (high << 2 & 256), low[7] | (high << 1 & 256))).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Pair(uint* grid, uint first, uint second) => grid[first] | (ulong)grid[second] << 32;
}
