namespace Candor.Kernels.Formats;

/// <summary>The head of the 4- and 5-bit super-blocks: two half scales, then eight 6-bit scales and eight 6-bit minima in 12 bytes.</summary>
internal static unsafe class SixBitPairs
{
    public static void Scales(byte* block, float* scales, float* offsets, nint stride)
    {
        float d = Bits.Half(block), minimum = -Bits.Half(block + 2);
        byte* packed = block + 4;
        for (int i = 0; i < 4; i++)
        {
            byte scale = packed[i], low = packed[i + 4], mixed = packed[i + 8];
            scales[i * stride] = d * (scale & 63);
            offsets[i * stride] = minimum * (low & 63);
            scales[(i + 4) * stride] = d * ((mixed & 15) | ((scale >> 6) << 4));
            offsets[(i + 4) * stride] = minimum * ((mixed >> 4) | ((low >> 6) << 4));
        }
    }
}
