using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>To Q3_K: the scale of a block and the groups' multiples are searched together.</summary>
internal static unsafe class Q3KQuantizer
{
    internal static void ToQ3_K(float* source, float* importance, byte* row, long blocks)
    {
        float* buffer = stackalloc float[512];
        Span<int> multiples = stackalloc int[16];
        Span<byte> codes = stackalloc byte[16];
        var multipliers = new Multipliers(64, -32, 1);
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 110)
        {
            new Span<byte>(row, 110).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
            if (block.IsZero) continue;
            block.RequireReach(ElementType.Q3_K, 128, b);
            var half = new HalfScale(block.Exponent);
            var coder = new LevelCoder<WholeLevels>(block, new WholeLevels(-4, 3), 16, 16);
            ushort scale = ScaleSearch.Find(ref coder, multipliers, half, true, multiples);
            *(ushort*)(row + 108) = scale;
            for (int g = 0; g < 16; g++)
            {
                row[96 + (g & 7)] |= (byte)((multiples[g] & 15) << (g >> 3) * 4);
                row[104 + (g & 3)] |= (byte)(multiples[g] >> 4 << (g >> 2) * 2);
                coder.Codes(g, half.Value(scale) * multipliers.Of(multiples[g]), codes);
                for (int j = 0; j < 16; j++)
                {
                    int i = 16 * g + j;
                    row[32 + (i >> 7) * 32 + (i & 31)] |= (byte)((codes[j] & 3) << (i >> 5 & 3) * 2);
                    row[i & 31] |= (byte)(codes[j] >> 2 << (i >> 5));
                }
            }
        }
    }
}
