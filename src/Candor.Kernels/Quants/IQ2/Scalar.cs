namespace Candor.Kernels.Quants;

/// <summary>
/// IQ2_XXS, IQ2_XS and IQ2_S: super-blocks of 256 in runs of eight elements, each an index into a codebook of magnitudes and
/// a mask of signs. A half scale stands first.
/// </summary>
internal static unsafe class Iq2Scalar
{
    /// <summary>Of each 32 elements: four bytes of index, then 32 bits: four times seven signs, and a scale in the upper four.</summary>
    internal static void DecodeXXS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq2XxsGrid.Entries, spread = Signs.SpreadEven;
        for (long b = 0; b < blocks; b++, row += 66, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int g = 0; g < 8; g++)
            {
                byte* indices = row + 2 + 8 * g;
                uint signs = *(uint*)(indices + 4);
                scales[2 * g] = scales[2 * g + 1] = d * (0.5f + (signs >> 28)) * 0.25f;
                for (int l = 0; l < 4; l++)
                    ((ulong*)codes)[4 * g + l] = Signs.Apply(grid[indices[l]], spread[signs >> 7 * l & 127]);
            }
        }
    }

    /// <summary>32 words of nine bits index and seven bits sign, then eight bytes of two scales for groups of 16.</summary>
    internal static void DecodeXS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq2XsGrid.Entries, spread = Signs.SpreadEven;
        for (long b = 0; b < blocks; b++, row += 74, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            Scales(d, row + 66, scales);
            var words = (ushort*)(row + 2);
            for (int l = 0; l < 32; l++)
                ((ulong*)codes)[l] = Signs.Apply(grid[words[l] & 511], spread[words[l] >> 9]);
        }
    }

    /// <summary>32 bytes of low index bits, 32 of signs, eight of high index bits (two for each run), eight of scales as in IQ2_XS.</summary>
    internal static void DecodeS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        ulong* grid = Iq2SGrid.Entries, spread = Signs.Spread;
        for (long b = 0; b < blocks; b++, row += 82, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            Scales(d, row + 74, scales);
            for (int l = 0; l < 32; l++)
            {
                int index = row[2 + l] | (row[66 + l / 4] >> 2 * (l & 3) & 3) << 8;
                ((ulong*)codes)[l] = Signs.Apply(grid[index], spread[row[34 + l]]);
            }
        }
    }

    private static void Scales(float d, byte* packed, float* scales)
    {
        for (int g = 0; g < 16; g++) scales[g] = d * (0.5f + (packed[g / 2] >> (g & 1) * 4 & 15)) * 0.25f;
    }
}
