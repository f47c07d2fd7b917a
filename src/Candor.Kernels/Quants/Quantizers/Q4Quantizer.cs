using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// To Q4_0, whose value of largest magnitude becomes code -8, and to Q4_1, whose least and greatest values become 0 and 15.
/// </summary>
internal static unsafe class Q4Quantizer
{
    internal static void ToQ4_0(float* source, byte* row, long blocks)
    {
        for (long b = 0; b < blocks; b++, source += 32, row += 18)
        {
            float d = BlockExtremes.Largest(source, 32) / -8;
            float inverse = BlockExtremes.Inverse(d);
            // A scale without an inverse is stored as 0: any code will do, and ggml's is 0.
            float offset = d != 0 && inverse == 0 ? 0 : 8.5f;
            *(ushort*)row = SourceCheck.ToHalf(ElementType.Q4_0, d, b);
            for (int j = 0; j < 16; j++)
            {
                int low = Math.Min(15, (int)(source[j] * inverse + offset));
                int high = Math.Min(15, (int)(source[j + 16] * inverse + offset));
                row[2 + j] = (byte)(low | high << 4);
            }
        }
    }

    internal static void ToQ4_1(float* source, byte* row, long blocks)
    {
        for (long b = 0; b < blocks; b++, source += 32, row += 20)
        {
            (float min, float max) = BlockExtremes.Range(source, 32);
            float d = (max - min) / 15;
            float inverse = BlockExtremes.Inverse(d);
            *(ushort*)row = SourceCheck.ToHalf(ElementType.Q4_1, d, b);
            *(ushort*)(row + 2) = SourceCheck.ToHalf(ElementType.Q4_1, min, b);
            for (int j = 0; j < 16; j++)
            {
                int low = Math.Min(15, (int)((source[j] - min) * inverse + 0.5f));
                int high = Math.Min(15, (int)((source[j + 16] - min) * inverse + 0.5f));
                row[4 + j] = (byte)(low | high << 4);
            }
        }
    }
}
