using System.Runtime.CompilerServices;

namespace Candor.Kernels.Quants;

/// <summary>
/// IQ3_XXS and IQ3_S: super-blocks of 256 in runs of eight elements, each two indices into a codebook of four magnitudes and
/// a mask of signs. A half scale stands first.
/// </summary>
internal static unsafe class Iq3Scalar
{
    /// <summary>64 bytes of index; then for each 32 elements 32 bits: four times seven signs, and a scale in the upper four.</summary>
    internal static void DecodeXXS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        uint* grid = Iq3XxsGrid.Entries;
        ulong* spread = Signs.SpreadEven;
        for (long b = 0; b < blocks; b++, row += 98, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int g = 0; g < 8; g++)
            {
                byte* indices = row + 2 + 8 * g;
                uint signs = *(uint*)(row + 66 + 4 * g);
                scales[2 * g] = scales[2 * g + 1] = d * (0.5f + (signs >> 28)) * 0.5f;
                for (int l = 0; l < 4; l++)
                    ((ulong*)codes)[4 * g + l] = Signs.Apply(Pair(grid, indices[2 * l], indices[2 * l + 1]), spread[signs >> 7 * l & 127]);
            }
        }
    }

    /// <summary>64 bytes of index, eight of ninth index bits, 32 of signs, four of two scales each for 32 elements.</summary>
    internal static void DecodeS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        uint* grid = Iq3SGrid.Entries;
        ulong* spread = Signs.Spread;
        for (long b = 0; b < blocks; b++, row += 110, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int g = 0; g < 8; g++)
            {
                byte* indices = row + 2 + 8 * g;
                int high = row[66 + g];
                scales[2 * g] = scales[2 * g + 1] = d * (1 + 2 * (row[106 + g / 2] >> (g & 1) * 4 & 15));
                for (int l = 0; l < 4; l++)
                {
                    int first = indices[2 * l] | (high >> 2 * l & 1) << 8;
                    int second = indices[2 * l + 1] | (high >> (2 * l + 1) & 1) << 8;
                    ((ulong*)codes)[4 * g + l] = Signs.Apply(Pair(grid, first, second), spread[row[74 + 4 * g + l]]);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Pair(uint* entries, int first, int second) => entries[first] | (ulong)entries[second] << 32;
}
