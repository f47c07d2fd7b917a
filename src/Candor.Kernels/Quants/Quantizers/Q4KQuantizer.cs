using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>To Q4_K and Q5_K: both scales of a block and all groups' multiples are searched together.</summary>
internal static unsafe class Q4KQuantizer
{
    internal static void ToQ4_K(float* source, float* importance, byte* row, long blocks)
    {
        Span<byte> codes = stackalloc byte[256];
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 144)
        {
            Quantize(ElementType.Q4_K, source, importance, row, 15, codes, b);
            for (int i = 0; i < 256; i++) row[16 + (i >> 6) * 32 + (i & 31)] |= (byte)(codes[i] << (i >> 5 & 1) * 4);
        }
    }

    internal static void ToQ5_K(float* source, float* importance, byte* row, long blocks)
    {
        Span<byte> codes = stackalloc byte[256];
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 176)
        {
            Quantize(ElementType.Q5_K, source, importance, row, 31, codes, b);
            for (int i = 0; i < 256; i++)
            {
                row[48 + (i >> 6) * 32 + (i & 31)] |= (byte)((codes[i] & 15) << (i >> 5 & 1) * 4);
                row[16 + (i & 31)] |= (byte)(codes[i] >> 4 << (i >> 5));
            }
        }
    }

    // Clears the block, writes its head, and leaves the codes.
    private static void Quantize(ElementType type, float* source, float* importance, byte* row, int greatest, Span<byte> codes, long number)
    {
        float* buffer = stackalloc float[512];
        Span<byte> scales = stackalloc byte[8], minima = stackalloc byte[8];
        Span<AffineGroup> groups = stackalloc AffineGroup[8];
        new Span<byte>(row, type.BlockBytes()).Clear();
        codes.Clear();
        SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
        if (block.IsZero) return;
        block.RequireReach(type, 63, number);
        for (int g = 0; g < 8; g++) groups[g] = new AffineGroup(block.Values + 32 * g, block.Weights + 32 * g, 32, greatest);
        var half = new HalfScale(block.Exponent);
        (ushort scale, ushort minimum) = new AffineSearch(groups, half, 63).Find(scales, minima);
        *(ushort*)row = scale;
        *(ushort*)(row + 2) = minimum;
        Q4KScales.Pack(scales, minima, row + 4);
        for (int g = 0; g < 8; g++)
            groups[g].Codes(half.Value(scale) * scales[g], -half.Value(minimum) * minima[g], codes.Slice(32 * g, 32));
    }
}
