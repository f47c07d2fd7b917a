using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// To IQ2_XXS, IQ2_XS and IQ2_S: for every run of eight the codebook is searched whole, and the scale of a block and the
/// groups' multiples are searched together. Where eight signs have seven bits, the sign that costs least is turned.
/// </summary>
internal static unsafe class Iq2Quantizer
{
    internal static void ToIQ2_XXS(float* source, float* importance, byte* row, long blocks)
    {
        Span<int> multiples = stackalloc int[8], entries = stackalloc int[32];
        Span<byte> signs = stackalloc byte[32];
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 66)
        {
            new Span<byte>(row, 66).Clear();
            if (!Search(ElementType.IQ2_XXS, GridTable.Iq2Xxs, true, source, importance, b, multiples, entries, signs, (ushort*)row)) continue;
            for (int g = 0; g < 8; g++)
            {
                uint word = (uint)multiples[g] << 28;
                for (int l = 0; l < 4; l++)
                {
                    row[2 + 8 * g + l] = (byte)entries[4 * g + l];
                    word |= (uint)(signs[4 * g + l] & 127) << 7 * l;
                }

                *(uint*)(row + 6 + 8 * g) = word;
            }
        }
    }

    internal static void ToIQ2_XS(float* source, float* importance, byte* row, long blocks)
    {
        Span<int> multiples = stackalloc int[16], entries = stackalloc int[32];
        Span<byte> signs = stackalloc byte[32];
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 74)
        {
            new Span<byte>(row, 74).Clear();
            if (!Search(ElementType.IQ2_XS, GridTable.Iq2Xs, true, source, importance, b, multiples, entries, signs, (ushort*)row)) continue;
            for (int r = 0; r < 32; r++) ((ushort*)(row + 2))[r] = (ushort)(entries[r] | (signs[r] & 127) << 9);
            for (int g = 0; g < 16; g++) row[66 + g / 2] |= (byte)(multiples[g] << (g & 1) * 4);
        }
    }

    internal static void ToIQ2_S(float* source, float* importance, byte* row, long blocks)
    {
        Span<int> multiples = stackalloc int[16], entries = stackalloc int[32];
        Span<byte> signs = stackalloc byte[32];
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 82)
        {
            new Span<byte>(row, 82).Clear();
            if (!Search(ElementType.IQ2_S, GridTable.Iq2S, false, source, importance, b, multiples, entries, signs, (ushort*)row)) continue;
            for (int r = 0; r < 32; r++)
            {
                row[2 + r] = (byte)entries[r];
                row[34 + r] = signs[r];
                row[66 + r / 4] |= (byte)(entries[r] >> 8 << 2 * (r & 3));
            }

            for (int g = 0; g < 16; g++) row[74 + g / 2] |= (byte)(multiples[g] << (g & 1) * 4);
        }
    }

    private static bool Search(
        ElementType type, GridTable table, bool even, float* source, float* importance, long number,
        Span<int> multiples, Span<int> entries, Span<byte> signs, ushort* scale)
    {
        float* buffer = stackalloc float[512], scratch = stackalloc float[2 * table.Count], pools = stackalloc float[RunPool.Floats(32)];
        SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
        if (block.IsZero) return false;
        block.RequireReach(type, 15.5 * 0.25 * table.Top, number);
        Magnitudes.Split(block.Values, signs);
        var search = new GridSearch(table, scratch);
        var pool = new RunPool(pools, 32);
        int runs = 32 / multiples.Length;
        var coder = new RunCoder(block, pool, table.Top, multiples.Length, runs);
        for (int r = 0; r < 32; r++)
        {
            search.Measure(block.Values + 8 * r, block.Weights + 8 * r, even && Magnitudes.IsOdd(signs[r]));
            pool.Fill(r, search, coder.Largest(r / runs) / table.Top);
        }

        var multipliers = new Multipliers(16, 0.5f, 0.25f);
        var half = new HalfScale(block.Exponent);
        *scale = ScaleSearch.Find(ref coder, multipliers, half, false, multiples);
        for (int r = 0; r < 32; r++)
        {
            float* values = block.Values + 8 * r, weights = block.Weights + 8 * r;
            bool odd = even && Magnitudes.IsOdd(signs[r]);
            search.Measure(values, weights, odd);
            entries[r] = search.Best(half.Value(*scale) * multipliers.Of(multiples[r / runs]), out _, out _);
            if (odd) signs[r] ^= (byte)(1 << search.Flip(entries[r], values, weights));
        }

        return true;
    }
}
