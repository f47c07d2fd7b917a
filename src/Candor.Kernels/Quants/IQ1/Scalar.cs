using System.Runtime.CompilerServices;

namespace Candor.Kernels.Quants;

/// <summary>
/// IQ1_S and IQ1_M: super-blocks of 256 in runs of eight elements, each an index into a codebook of -1, 0 and 1, all shifted by
/// 1/8 up or down. Codes are held eightfold, with the shift added, and scales are an eighth: exact, since these are powers of two.
/// </summary>
internal static unsafe class Iq1Scalar
{
    /// <summary>
    /// A half scale, 32 bytes of low index bits, then for each 32 elements 16 bits: four times three high index bits, a
    /// three-bit scale, the sign of the shift.
    /// </summary>
    internal static void DecodeS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq1Grid.Entries;
        for (long b = 0; b < blocks; b++, row += 50, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int g = 0; g < 8; g++)
            {
                int high = *(ushort*)(row + 34 + 2 * g);
                scales[2 * g] = scales[2 * g + 1] = d * (2 * (high >> 12 & 7) + 1) * 0.125f;
                for (int l = 0; l < 4; l++)
                {
                    int index = row[2 + 4 * g + l] | (high >> 3 * l & 7) << 8;
                    ((ulong*)codes)[4 * g + l] = Shift(grid[index], (high & 0x8000) != 0);
                }
            }
        }
    }

    /// <summary>
    /// 32 bytes of low index bits, 16 bytes of a half for each run (three high index bits, the sign of the shift), four words
    /// of four three-bit scales for groups of 16, whose upper four bits together are the half scale.
    /// </summary>
    internal static void DecodeM(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq1Grid.Entries;
        for (long b = 0; b < blocks; b++, row += 56, codes += 256, scales += 16)
        {
            var words = (ushort*)(row + 48);
            int bits = words[0] >> 12 | (words[1] >> 8 & 0x00F0) | (words[2] >> 4 & 0x0F00) | (words[3] & 0xF000);
            float d = HalfConversion.HalfToSingle((ushort)bits);
            for (int g = 0; g < 16; g++) scales[g] = d * (2 * (words[g / 4] >> 3 * (g & 3) & 7) + 1) * 0.125f;
            for (int l = 0; l < 32; l++)
            {
                int high = row[32 + l / 2] >> 4 * (l & 1);
                ((ulong*)codes)[l] = Shift(grid[row[l] | (high & 7) << 8], (high & 8) != 0);
            }
        }
    }

    // Adds 1 or -1 to each of eight bytes that are -8, 0 or 8, without carries between them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Shift(ulong codes, bool down)
    {
        const ulong Sevens = 0x7F7F7F7F7F7F7F7F;
        ulong delta = down ? ulong.MaxValue : 0x0101010101010101;
        return ((codes & Sevens) + (delta & Sevens)) ^ ((codes ^ delta) & ~Sevens);
    }
}
