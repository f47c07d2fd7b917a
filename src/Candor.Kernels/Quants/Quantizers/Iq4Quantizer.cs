using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>To IQ4_XS: the scale of a block and the groups' multiples are searched together.</summary>
internal static unsafe class Iq4Quantizer
{
    internal static void ToIQ4_XS(float* source, float* importance, byte* row, long blocks)
    {
        float* buffer = stackalloc float[512];
        Span<int> multiples = stackalloc int[8];
        Span<byte> codes = stackalloc byte[32];
        var multipliers = new Multipliers(64, -32, 1);
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 136)
        {
            new Span<byte>(row, 136).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
            if (block.IsZero) continue;
            block.RequireReach(ElementType.IQ4_XS, 32 * 127, b);
            var half = new HalfScale(block.Exponent);
            var coder = new LevelCoder<TableLevels>(block, LevelTables.NonLinear, 8, 32);
            ushort scale = ScaleSearch.Find(ref coder, multipliers, half, true, multiples);
            *(ushort*)row = scale;
            for (int g = 0; g < 8; g++)
            {
                row[4 + g / 2] |= (byte)((multiples[g] & 15) << (g & 1) * 4);
                *(ushort*)(row + 2) |= (ushort)(multiples[g] >> 4 << 2 * g);
                coder.Codes(g, half.Value(scale) * multipliers.Of(multiples[g]), codes);
                OneScaleQuantizer.PackNibbles(codes, row + 8 + 16 * g);
            }
        }
    }
}
