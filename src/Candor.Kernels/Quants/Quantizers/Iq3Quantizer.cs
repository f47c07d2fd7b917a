using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// To IQ3_XXS and IQ3_S: for every run of four the codebook is searched whole, and the scale of a block and the groups'
/// multiples are searched together. Where eight signs have seven bits, the sign that costs least is turned, in either run.
/// </summary>
internal static unsafe class Iq3Quantizer
{
    internal static void ToIQ3_XXS(float* source, float* importance, byte* row, long blocks)
    {
        float* buffer = stackalloc float[512], scratch = stackalloc float[2 * GridTable.Iq3Xxs.Count], pools = stackalloc float[2 * RunPool.Floats(64)];
        Span<int> multiples = stackalloc int[8];
        byte* masks = stackalloc byte[32];
        var signs = new Span<byte>(masks, 32);
        var search = new GridSearch(GridTable.Iq3Xxs, scratch);
        var multipliers = new Multipliers(16, 0.5f, 0.5f);
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 98)
        {
            new Span<byte>(row, 98).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
            if (block.IsZero) continue;
            block.RequireReach(ElementType.IQ3_XXS, 15.5 * 0.5 * GridTable.Iq3Xxs.Top, b);
            Magnitudes.Split(block.Values, signs);
            RunPool plain = new(pools, 64), turned = new(pools + RunPool.Floats(64), 64);
            var coder = new EvenCoder(new RunCoder(block, plain, GridTable.Iq3Xxs.Top, 8, 8), plain, turned, masks);
            Fill(block, search, plain, GridTable.Iq3Xxs.Top, false);
            Fill(block, search, turned, GridTable.Iq3Xxs.Top, true);
            var half = new HalfScale(block.Exponent);
            ushort scale = ScaleSearch.Find(ref coder, multipliers, half, false, multiples);
            *(ushort*)row = scale;
            for (int g = 0; g < 8; g++)
            {
                uint word = (uint)multiples[g] << 28;
                for (int l = 0; l < 4; l++)
                {
                    byte mask = Pair(block, search, 4 * g + l, signs[4 * g + l], half.Value(scale) * multipliers.Of(multiples[g]), row + 2 + 8 * g + 2 * l);
                    word |= (uint)(mask & 127) << 7 * l;
                }

                *(uint*)(row + 66 + 4 * g) = word;
            }
        }
    }

    internal static void ToIQ3_S(float* source, float* importance, byte* row, long blocks)
    {
        float* buffer = stackalloc float[512], scratch = stackalloc float[2 * GridTable.Iq3S.Count], pools = stackalloc float[RunPool.Floats(64)];
        Span<int> multiples = stackalloc int[8];
        var search = new GridSearch(GridTable.Iq3S, scratch);
        var multipliers = new Multipliers(16, 0.5f, 2);
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 110)
        {
            new Span<byte>(row, 110).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
            if (block.IsZero) continue;
            block.RequireReach(ElementType.IQ3_S, 31 * GridTable.Iq3S.Top, b);
            Magnitudes.Split(block.Values, new Span<byte>(row + 74, 32));
            var pool = new RunPool(pools, 64);
            var coder = new RunCoder(block, pool, GridTable.Iq3S.Top, 8, 8);
            Fill(block, search, pool, GridTable.Iq3S.Top, false);
            var half = new HalfScale(block.Exponent);
            ushort scale = ScaleSearch.Find(ref coder, multipliers, half, false, multiples);
            *(ushort*)row = scale;
            for (int r = 0; r < 64; r++)
            {
                search.Measure(block.Values + 4 * r, block.Weights + 4 * r, false);
                int entry = search.Best(half.Value(scale) * multipliers.Of(multiples[r / 8]), out _, out _);
                row[2 + r] = (byte)entry;
                row[66 + r / 8] |= (byte)(entry >> 8 << (r & 7));
            }

            for (int g = 0; g < 8; g++) row[106 + g / 2] |= (byte)(multiples[g] << (g & 1) * 4);
        }
    }

    private static void Fill(SearchBlock block, GridSearch search, RunPool pool, float top, bool turned)
    {
        for (int r = 0; r < 64; r++)
        {
            float largest = MathF.Abs(BlockExtremes.Largest(block.Values + 32 * (r / 8), 32));
            search.Measure(block.Values + 4 * r, block.Weights + 4 * r, turned);
            pool.Fill(r, search, largest / top);
        }
    }

    // Writes the two indices of eight values and returns their signs, of which an even number is set.
    private static byte Pair(SearchBlock block, GridSearch search, int pair, byte signs, float scale, byte* indices)
    {
        bool odd = Magnitudes.IsOdd(signs);
        Span<int> plain = stackalloc int[2], turned = stackalloc int[2];
        Span<double> losses = stackalloc double[2];
        for (int side = 0; side < 2; side++)
        {
            float* values = block.Values + 8 * pair + 4 * side, weights = block.Weights + 8 * pair + 4 * side;
            search.Measure(values, weights, false);
            plain[side] = search.Best(scale, out float product, out float square);
            if (!odd) continue;
            losses[side] = -GridSearch.Error(scale, product, square);
            search.Measure(values, weights, true);
            turned[side] = search.Best(scale, out product, out square);
            losses[side] += GridSearch.Error(scale, product, square);
        }

        int flip = losses[1] < losses[0] ? 1 : 0;
        for (int side = 0; side < 2; side++)
        {
            bool here = odd && side == flip;
            int entry = here ? turned[side] : plain[side];
            indices[side] = (byte)entry;
            if (here) signs ^= (byte)(1 << 4 * side + search.Flip(entry, block.Values + 8 * pair + 4 * side, block.Weights + 8 * pair + 4 * side));
        }

        return signs;
    }

    /// <summary>Groups of pairs of runs, of which one has a sign turned where the pair's signs are odd.</summary>
    private readonly unsafe struct EvenCoder(RunCoder runs, RunPool plain, RunPool turned, byte* masks) : IGroupCoder
    {
        public int Groups => runs.Groups;

        public float TopLevel => runs.TopLevel;

        public float Spacing => runs.Spacing;

        public float Largest(int group) => runs.Largest(group);

        public bool IsOneSided(int group) => false;

        public GroupFit At(int group, float scale)
        {
            double error = 0, products = 0, squares = 0;
            for (int pair = 4 * group; pair < 4 * group + 4; pair++)
            {
                double first = plain.Best(2 * pair, scale, out float p0, out float s0), second = plain.Best(2 * pair + 1, scale, out float p1, out float s1);
                if (Magnitudes.IsOdd(masks[pair]))
                {
                    double firstTurned = turned.Best(2 * pair, scale, out float q0, out float t0), secondTurned = turned.Best(2 * pair + 1, scale, out float q1, out float t1);
                    if (firstTurned - first < secondTurned - second) (first, p0, s0) = (firstTurned, q0, t0);
                    else (second, p1, s1) = (secondTurned, q1, t1);
                }

                error += first + second;
                products += p0 + p1;
                squares += s0 + s1;
            }

            return new GroupFit(error, products, squares);
        }
    }
}
