using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// To Q5_0, whose value of largest magnitude becomes code -16, and to Q5_1, whose least and greatest values become 0 and 31.
/// </summary>
internal static unsafe class Q5Quantizer
{
    internal static void ToQ5_0(float* source, byte* row, long blocks)
    {
        for (long b = 0; b < blocks; b++, source += 32, row += 22)
        {
            float d = BlockExtremes.Largest(source, 32) / -16;
            float inverse = BlockExtremes.Inverse(d);
            // A scale without an inverse is stored as 0: any code will do, and ggml's is 0.
            float offset = d != 0 && inverse == 0 ? 0 : 16.5f;
            *(ushort*)row = SourceCheck.ToHalf(ElementType.Q5_0, d, b);
            *(uint*)(row + 2) = Codes(source, 0, inverse, offset, row + 6);
        }
    }

    internal static void ToQ5_1(float* source, byte* row, long blocks)
    {
        for (long b = 0; b < blocks; b++, source += 32, row += 24)
        {
            (float min, float max) = BlockExtremes.Range(source, 32);
            float d = (max - min) / 31;
            *(ushort*)row = SourceCheck.ToHalf(ElementType.Q5_1, d, b);
            *(ushort*)(row + 2) = SourceCheck.ToHalf(ElementType.Q5_1, min, b);
            *(uint*)(row + 4) = Codes(source, min, BlockExtremes.Inverse(d), 0.5f, row + 8);
        }
    }

    // Writes the low four bits of 32 codes and returns the fifth ones.
    private static uint Codes(float* source, float min, float inverse, float offset, byte* packed)
    {
        uint fifth = 0;
        for (int j = 0; j < 16; j++)
        {
            int low = Math.Min(31, (int)((source[j] - min) * inverse + offset));
            int high = Math.Min(31, (int)((source[j + 16] - min) * inverse + offset));
            packed[j] = (byte)((low & 15) | (high & 15) << 4);
            fifth |= (uint)(low >> 4) << j | (uint)(high >> 4) << (j + 16);
        }

        return fifth;
    }
}
