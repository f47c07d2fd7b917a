using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>To Q6_K: the scale of a block and the groups' multiples are searched together.</summary>
internal static unsafe class Q6KQuantizer
{
    internal static void ToQ6_K(float* source, float* importance, byte* row, long blocks)
    {
        float* buffer = stackalloc float[512];
        Span<int> multiples = stackalloc int[16];
        Span<byte> codes = stackalloc byte[16];
        var multipliers = new Multipliers(256, -128, 1);
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 210)
        {
            new Span<byte>(row, 210).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
            if (block.IsZero) continue;
            block.RequireReach(ElementType.Q6_K, 128 * 32, b);
            var half = new HalfScale(block.Exponent);
            var coder = new LevelCoder<WholeLevels>(block, new WholeLevels(-32, 31), 16, 16);
            ushort scale = ScaleSearch.Find(ref coder, multipliers, half, true, multiples);
            *(ushort*)(row + 208) = scale;
            for (int g = 0; g < 16; g++)
            {
                row[192 + g] = (byte)(sbyte)(multiples[g] - 128);
                coder.Codes(g, half.Value(scale) * multipliers.Of(multiples[g]), codes);
                for (int j = 0; j < 16; j++)
                {
                    int i = 16 * g + j, pass = i >> 7, run = i >> 5 & 3, l = i & 31;
                    row[pass * 64 + (run & 1) * 32 + l] |= (byte)((codes[j] & 15) << (run >> 1) * 4);
                    row[128 + pass * 32 + l] |= (byte)(codes[j] >> 4 << run * 2);
                }
            }
        }
    }
}
