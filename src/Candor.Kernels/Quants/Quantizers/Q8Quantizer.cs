using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>To Q8_0: the largest magnitude becomes code 127; halves round away from zero.</summary>
internal static unsafe class Q8Quantizer
{
    internal static void ToQ8_0(float* source, byte* row, long blocks)
    {
        for (long b = 0; b < blocks; b++, source += 32, row += 34)
        {
            float d = MathF.Abs(BlockExtremes.Largest(source, 32)) / 127;
            float inverse = BlockExtremes.Inverse(d);
            *(ushort*)row = SourceCheck.ToHalf(ElementType.Q8_0, d, b);
            for (int j = 0; j < 32; j++)
                row[2 + j] = (byte)(sbyte)MathF.Round(source[j] * inverse, MidpointRounding.AwayFromZero);
        }
    }
}
