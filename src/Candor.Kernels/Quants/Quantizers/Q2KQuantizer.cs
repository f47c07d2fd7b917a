using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>To Q2_K: both scales of a block and all groups' multiples are searched together.</summary>
internal static unsafe class Q2KQuantizer
{
    internal static void ToQ2_K(float* source, float* importance, byte* row, long blocks)
    {
        float* buffer = stackalloc float[512];
        Span<byte> scales = stackalloc byte[16], minima = stackalloc byte[16], codes = stackalloc byte[16];
        Span<AffineGroup> groups = stackalloc AffineGroup[16];
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 84)
        {
            new Span<byte>(row, 84).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
            if (block.IsZero) continue;
            block.RequireReach(ElementType.Q2_K, 15, b);
            for (int g = 0; g < 16; g++) groups[g] = new AffineGroup(block.Values + 16 * g, block.Weights + 16 * g, 16, 3);
            var half = new HalfScale(block.Exponent);
            (ushort scale, ushort minimum) = new AffineSearch(groups, half, 15).Find(scales, minima);
            *(ushort*)(row + 80) = scale;
            *(ushort*)(row + 82) = minimum;
            for (int g = 0; g < 16; g++)
            {
                row[g] = (byte)(scales[g] | minima[g] << 4);
                groups[g].Codes(half.Value(scale) * scales[g], -half.Value(minimum) * minima[g], codes);
                for (int j = 0; j < 16; j++)
                {
                    int i = 16 * g + j;
                    row[16 + (i >> 7) * 32 + (i & 31)] |= (byte)(codes[j] << (i >> 5 & 3) * 2);
                }
            }
        }
    }
}
