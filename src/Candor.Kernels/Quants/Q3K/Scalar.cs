namespace Candor.Kernels.Quants;

/// <summary>
/// Q3_K: super-blocks of 256. 32 bytes of high bits (bit j of byte l is that of element 32j + l, and counts 4 where it is not
/// set as an offset of -4), 64 bytes of low bits as in Q2_K, 12 bytes of 16 six-bit scales (offset 32), a half scale.
/// </summary>
internal static unsafe class Q3KScalar
{
    internal static void Decode(byte* row, long blocks, sbyte* codes, float* scales)
    {
        byte* unpacked = stackalloc byte[16];
        for (long b = 0; b < blocks; b++, row += 110, codes += 256, scales += 16)
        {
            float d = HalfConversion.HalfToSingle(*(ushort*)(row + 108));
            UnpackScales(row + 96, unpacked);
            for (int g = 0; g < 16; g++) scales[g] = d * (unpacked[g] - 32);
            for (int i = 0; i < 256; i++)
            {
                int low = row[32 + (i >> 7) * 32 + (i & 31)] >> (i >> 5 & 3) * 2 & 3;
                int high = row[i & 31] >> (i >> 5) & 1;
                codes[i] = (sbyte)(low + high * 4 - 4);
            }
        }
    }

    /// <summary>Sixteen six-bit scales from twelve bytes: four low bits from the first eight bytes, two high bits from the last four.</summary>
    internal static void UnpackScales(byte* packed, byte* scales)
    {
        uint a = *(uint*)packed, b = *(uint*)(packed + 4), high = *(uint*)(packed + 8);
        var words = (uint*)scales;
        words[0] = (a & 0x0F0F0F0F) | (high & 0x03030303) << 4;
        words[1] = (b & 0x0F0F0F0F) | (high >> 2 & 0x03030303) << 4;
        words[2] = (a >> 4 & 0x0F0F0F0F) | (high >> 4 & 0x03030303) << 4;
        words[3] = (b >> 4 & 0x0F0F0F0F) | (high >> 6 & 0x03030303) << 4;
    }
}
