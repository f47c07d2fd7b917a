namespace Candor.Kernels.Quants;

/// <summary>
/// The 4-bit types whose codes index a table of 16. IQ4_NL and MXFP4: blocks of 32 laid out as Q4_0 (MXFP4 with one byte of
/// exponent for the scale). IQ4_XS: super-blocks of 256, a half scale, 16 bits and four bytes of six-bit scales (offset 32) of
/// 32 elements, 128 bytes of codes. NVFP4: blocks of 64, four bytes of scale and eight bytes of codes for each 16.
/// </summary>
internal static unsafe class Iq4Scalar
{
    /// <summary>The levels of IQ4_NL and IQ4_XS.</summary>
    internal static ReadOnlySpan<sbyte> NonLinear => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>The values of E2M1, doubled to be whole.</summary>
    internal static ReadOnlySpan<sbyte> Fp4 => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    internal static void DecodeIQ4_NL(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 18, codes += 32, scales += 2)
        {
            scales[0] = scales[1] = HalfConversion.HalfToSingle(*(ushort*)row);
            LookUp(NonLinear, row + 2, codes, 16);
        }
    }

    internal static void DecodeIQ4_XS(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 136, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)row);
            for (int g = 0; g < 8; g++)
            {
                scales[2 * g] = scales[2 * g + 1] = d * (ScaleOfXS(row, g) - 32);
                LookUp(NonLinear, row + 8 + 16 * g, codes + 32 * g, 16);
            }
        }
    }

    /// <summary>The six bits of a group's scale in a block of IQ4_XS; 32 stands for 0.</summary>
    internal static int ScaleOfXS(byte* block, int group) =>
        (block[4 + (group / 2)] >> ((group & 1) * 4) & 15) | (*(ushort*)(block + 2) >> (2 * group) & 3) << 4;

    internal static void DecodeMXFP4(byte* row, long blocks, sbyte* codes, float* scales)
    {
        for (long b = 0; b < blocks; b++, row += 17, codes += 32, scales += 2)
        {
            scales[0] = scales[1] = Fp4Scales.HalfOfE8M0(row[0]);
            LookUp(Fp4, row + 1, codes, 16);
        }
    }

    internal static void DecodeNVFP4(byte* row, long blocks, sbyte* codes, float* scales)
    {
        float* halves = Fp4Scales.HalvesOfUE4M3;
        for (long b = 0; b < blocks; b++, row += 36, codes += 64, scales += 4)
            for (int g = 0; g < 4; g++)
            {
                scales[g] = halves[row[g]];
                LookUp(Fp4, row + 4 + 8 * g, codes + 16 * g, 8);
            }
    }

    // Low halves of the bytes first, then their high halves.
    private static void LookUp(ReadOnlySpan<sbyte> levels, byte* packed, sbyte* codes, int bytes)
    {
        for (int j = 0; j < bytes; j++)
        {
            codes[j] = levels[packed[j] & 15];
            codes[j + bytes] = levels[packed[j] >> 4];
        }
    }
}
