using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>
/// To IQ1_S and IQ1_M: for every run of eight the codebook is searched whole with both shifts, and the scale of a block and
/// the groups' multiples are searched together.
/// </summary>
internal static unsafe class Iq1Quantizer
{
    // Levels are held eightfold.
    private static Multipliers Multipliers => new(8, 0.5f, 0.25f);

    internal static void ToIQ1_S(float* source, float* importance, byte* row, long blocks)
    {
        float* buffer = stackalloc float[512], scratch = stackalloc float[GridSearch.ScratchFloats];
        float* pools = stackalloc float[2 * RunPool.Floats(32)];
        Span<int> multiples = stackalloc int[8];
        Span<GridSearch> searches = [new GridSearch(GridTable.Iq1Up, scratch), new GridSearch(GridTable.Iq1Down, scratch + 4096)];
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 50)
        {
            new Span<byte>(row, 50).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
            if (block.IsZero) continue;
            block.RequireReach(ElementType.IQ1_S, 15, b);
            var coder = new ShiftedCoder(
                Coder(block, searches[0], new RunPool(pools, 32), 8), Coder(block, searches[1], new RunPool(pools + RunPool.Floats(32), 32), 8));
            var half = new HalfScale(block.Exponent);
            ushort scale = ScaleSearch.Find(ref coder, Multipliers, half, false, multiples);
            *(ushort*)row = scale;
            for (int g = 0; g < 8; g++) Group(block, searches, g, multiples[g], half.Value(scale) * Multipliers.Of(multiples[g]), row);
        }
    }

    internal static void ToIQ1_M(float* source, float* importance, byte* row, long blocks)
    {
        float* buffer = stackalloc float[512], scratch = stackalloc float[GridSearch.ScratchFloats], pools = stackalloc float[RunPool.Floats(32)];
        Span<int> multiples = stackalloc int[16];
        var search = new GridSearch(GridTable.Iq1, scratch);
        for (long b = 0; b < blocks; b++, source += 256, importance = Importance.Next(importance, 256), row += 56)
        {
            new Span<byte>(row, 56).Clear();
            SearchBlock block = SearchBlock.Load(source, importance, 256, buffer);
            if (block.IsZero) continue;
            block.RequireReach(ElementType.IQ1_M, 15, b);
            RunCoder coder = Coder(block, search, new RunPool(pools, 32), 16);
            var half = new HalfScale(block.Exponent);
            ushort scale = ScaleSearch.Find(ref coder, Multipliers, half, false, multiples);
            var words = (ushort*)(row + 48);
            for (int i = 0; i < 4; i++) words[i] = (ushort)((scale >> 4 * i & 15) << 12);
            for (int g = 0; g < 16; g++) words[g / 4] |= (ushort)(multiples[g] << 3 * (g & 3));
            for (int r = 0; r < 32; r++)
            {
                search.Measure(block.Values + 8 * r, block.Weights + 8 * r, false);
                int entry = search.Best(half.Value(scale) * Multipliers.Of(multiples[r / 2]), out _, out _);
                row[r] = (byte)entry;
                // Bit 11 of the entry is the shift down.
                row[32 + r / 2] |= (byte)((entry >> 8) << 4 * (r & 1));
            }
        }
    }

    private static RunCoder Coder(SearchBlock block, GridSearch search, RunPool pool, int groups)
    {
        var coder = new RunCoder(block, pool, GridTable.Iq1.Top, groups, 32 / groups);
        for (int r = 0; r < 32; r++)
        {
            search.Measure(block.Values + 8 * r, block.Weights + 8 * r, false);
            pool.Fill(r, search, coder.Largest(r * groups / 32) / GridTable.Iq1.Top);
        }

        return coder;
    }

    // All four runs of a group share a shift.
    private static void Group(SearchBlock block, ReadOnlySpan<GridSearch> searches, int g, int multiple, float scale, byte* row)
    {
        Span<int> entries = stackalloc int[8];
        Span<double> errors = stackalloc double[2];
        for (int side = 0; side < 2; side++)
        {
            errors[side] = 0;
            for (int l = 0; l < 4; l++)
            {
                searches[side].Measure(block.Values + 32 * g + 8 * l, block.Weights + 32 * g + 8 * l, false);
                entries[4 * side + l] = searches[side].Best(scale, out float product, out float square);
                errors[side] += GridSearch.Error(scale, product, square);
            }
        }

        int best = errors[1] < errors[0] ? 1 : 0, word = multiple << 12 | best << 15;
        for (int l = 0; l < 4; l++)
        {
            row[2 + 4 * g + l] = (byte)entries[4 * best + l];
            word |= entries[4 * best + l] >> 8 << 3 * l;
        }

        ((ushort*)(row + 34))[g] = (ushort)word;
    }

    /// <summary>Groups that take the better of two shifts.</summary>
    private readonly struct ShiftedCoder(RunCoder up, RunCoder down) : IGroupCoder
    {
        public int Groups => up.Groups;

        public float TopLevel => up.TopLevel;

        public float Spacing => up.Spacing;

        public float Largest(int group) => up.Largest(group);

        public bool IsOneSided(int group) => false;

        public GroupFit At(int group, float scale)
        {
            GroupFit above = up.At(group, scale), below = down.At(group, scale);
            return below.Error < above.Error ? below : above;
        }
    }
}
