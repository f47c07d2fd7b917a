namespace Candor.Kernels.Quants;

/// <summary>
/// Searches the scale of a block, and each group's multiple of it, that give the least weighted squared error. Every group
/// first gets the best scale of its own; scales that suit the largest of these are tried for the block, and the best is
/// polished: groups move to neighbouring multiples and the scale to the least-squares one until nothing gets better.
/// </summary>
internal static class ScaleSearch
{
    // Scales that are polished for each sign, and how far groups may move from their multiples at last.
    private const int Starts = 2, WideReach = 32;

    // The same where most groups have values of one sign, which many a level times many a multiple meets: no weights of a
    // trained matrix, so that time does not matter.
    private const int ThoroughStarts = 12, ThoroughReach = 64;

    // With more multiples than this a group finds one near what it wants at any scale.
    private const int FineMultiples = 128;

    // Up to two spacings beyond the greatest level, where the largest magnitude is cut, and three short of it.
    private const float MostCut = 2, MostSpare = 3, RoughStep = 0.25f;

    // Scales of the rough look that are looked at closely (half of them where a group has many levels and does not stand alone), and how many steps to either side.
    private const int Rough = 4, FineSteps = 1;

    // Shares of the scale at which the largest magnitude is reached exactly, where it counts for little.
    private static ReadOnlySpan<float> DeepCuts => [0.72f, 0.63f, 0.54f, 0.45f, 0.36f, 0.28f, 0.2f];

    private static ReadOnlySpan<float> BlockShares => [0.9f, 0.95f, 1f, 1.03f, 1.07f, 1.12f, 1.2f, 1.28f, 1.35f, 1.42f, 1.5f, 1.6f];

    private static ReadOnlySpan<float> FewShares => [0.97f, 1f, 1.04f, 1.12f, 1.3f];

    /// <summary>Searches.</summary>
    /// <param name="coder">The groups.</param>
    /// <param name="multipliers">What multiples a group can have.</param>
    /// <param name="half">How scales are rounded.</param>
    /// <param name="signed">Whether scales below 0 are worth trying: not where codes have a sign of their own.</param>
    /// <param name="codes">Receives each group's multiple as a code, <c>[groups]</c>.</param>
    /// <returns>The block's scale.</returns>
    public static ushort Find<TCoder>(ref TCoder coder, Multipliers multipliers, HalfScale half, bool signed, Span<int> codes)
        where TCoder : struct, IGroupCoder
    {
        int groups = coder.Groups;
        Span<float> wanted = stackalloc float[2 * groups];
        float largest = 0;
        for (int g = 0; g < groups; g++)
        {
            wanted[2 * g] = wanted[2 * g + 1] = BestScale(ref coder, g, 1, out double error);
            if (signed)
            {
                wanted[2 * g + 1] = BestScale(ref coder, g, -1, out double other);
                if (other < error) (wanted[2 * g], wanted[2 * g + 1]) = (wanted[2 * g + 1], wanted[2 * g]);
            }

            if (MathF.Abs(wanted[2 * g]) > MathF.Abs(largest)) largest = wanted[2 * g];
        }

        int oneSided = 0;
        for (int g = 0; g < groups; g++) oneSided += coder.IsOneSided(g) ? 1 : 0;
        bool thorough = groups > 1 && 2 * oneSided > groups;
        int most = thorough ? ThoroughStarts : Starts;
        Span<ushort> starts = stackalloc ushort[2 * most];
        float top = multipliers.Of(multipliers.Count - 1), bottom = multipliers.Of(0);
        int count = Start(ref coder, multipliers, half, wanted, largest / top, starts[..most]);
        if (bottom < 0) count += Start(ref coder, multipliers, half, wanted, largest / bottom, starts.Slice(count, most));
        Span<int> trial = stackalloc int[wanted.Length / 2];
        double best = double.PositiveInfinity;
        ushort found = 0;
        foreach (ushort start in starts[..count])
        {
            double error = Try(ref coder, multipliers, half.Value(start), wanted, trial).Error;
            ushort scale = Polish(ref coder, multipliers, half, start, thorough ? ThoroughReach : 1, ref error, trial);
            if (!(error < best)) continue;
            (best, found) = (error, scale);
            trial.CopyTo(codes);
        }

        return Polish(ref coder, multipliers, half, found, multipliers.Count > FineMultiples ? WideReach / 4 : WideReach, ref best, codes);
    }

    // The scales of least error among those near one at which a group has all the scale it wants; returns how many.
    private static int Start<TCoder>(ref TCoder coder, Multipliers multipliers, HalfScale half, ReadOnlySpan<float> wanted, float near, Span<ushort> starts)
        where TCoder : struct, IGroupCoder
    {
        Span<int> trial = stackalloc int[wanted.Length / 2];
        Span<double> errors = stackalloc double[starts.Length];
        int count = 0;
        foreach (float share in multipliers.Count > FineMultiples ? FewShares : BlockShares)
        {
            ushort scale = half.Round(near * share);
            // Twice: once for the scale that was asked for, once for the one that suits the codes it led to.
            for (int pass = 0; pass < 2; pass++)
            {
                Trial tried = Try(ref coder, multipliers, half.Value(scale), wanted, trial);
                Beam.Insert(starts, errors, ref count, scale, tried.Error);
                ushort next = half.Round(tried.BestScale);
                if (next == scale) break;
                scale = next;
            }
        }

        return count;
    }

    /// <summary>The scale of one sign at which a group has the least error, with codes of any multiple.</summary>
    public static float BestScale<TCoder>(ref TCoder coder, int group, int sign, out double error)
        where TCoder : struct, IGroupCoder
    {
        float top = coder.TopLevel, spacing = coder.Spacing, scale = 0;
        float reach = sign * coder.Largest(group) / top;
        bool close = coder.Groups == 1 || top < 8;
        Span<float> near = stackalloc float[close ? Rough : Rough / 2];
        Span<double> errors = stackalloc double[near.Length];
        int count = 0, steps = close ? FineSteps : 0;
        for (float cut = -MathF.Min(MostSpare, top / spacing - 1); cut <= MostCut; cut += RoughStep)
        {
            float tried = top / (top + cut * spacing);
            Beam.Insert(near, errors, ref count, tried, coder.At(group, reach * tried).Error);
        }

        foreach (float share in DeepCuts) Beam.Insert(near, errors, ref count, share, coder.At(group, reach * share).Error);
        // Around the best of a rough look, and on to the least-squares scale of what is found there.
        error = double.PositiveInfinity;
        foreach (float share in near[..count])
            for (int step = -steps; step <= steps; step++)
                TryScale(ref coder, group, reach * share / (1 + step * RoughStep / (FineSteps + 1) / 2 * spacing / top * share), ref error, ref scale);
        for (int round = 0; round < 4 && TryScale(ref coder, group, scale, ref error, ref scale); round++)
        {
        }

        return scale;
    }

    private static bool TryScale<TCoder>(ref TCoder coder, int group, float scale, ref double best, ref float bestScale)
        where TCoder : struct, IGroupCoder
    {
        GroupFit fit = coder.At(group, scale);
        // Of equals the smaller scale: it leaves finer multiples to the other groups.
        bool better = fit.Error < best, equal = fit.Error <= best + 1e-5 * Math.Abs(best) && MathF.Abs(scale) < MathF.Abs(bestScale);
        if (better || equal) (best, bestScale) = (fit.Error, scale);
        if (fit.Square == 0) return better;
        // The least-squares scale of these codes is better than the one that led to them, and may lead to better ones.
        float suited = (float)(fit.Product / fit.Square);
        double error = coder.At(group, suited).Error;
        if (!(error < best)) return better;
        (best, bestScale) = (error, suited);
        return true;
    }

    // Each group takes the better of the multiples nearest to the two scales it wants.
    private static Trial Try<TCoder>(ref TCoder coder, Multipliers multipliers, float scale, ReadOnlySpan<float> wanted, Span<int> codes)
        where TCoder : struct, IGroupCoder
    {
        var sums = new Trial();
        for (int g = 0; g < codes.Length; g++)
        {
            codes[g] = multipliers.Nearest(wanted[2 * g] / scale);
            GroupFit fit = coder.At(g, scale * multipliers.Of(codes[g]));
            int second = multipliers.Nearest(wanted[2 * g + 1] / scale);
            if (second != codes[g])
            {
                GroupFit other = coder.At(g, scale * multipliers.Of(second));
                if (other.Error < fit.Error) (fit, codes[g]) = (other, second);
            }

            sums.Add(fit, multipliers.Of(codes[g]));
        }

        return sums;
    }

    private static ushort Polish<TCoder>(ref TCoder coder, Multipliers multipliers, HalfScale half, ushort scale, int reach, ref double best, Span<int> codes)
        where TCoder : struct, IGroupCoder
    {
        for (int round = 0; round < 6; round++)
        {
            double before = best;
            Trial sums = Neighbours(ref coder, multipliers, half.Value(scale), round == 0 ? reach : 1, codes);
            best = Math.Min(best, sums.Error);
            ushort better = half.Round(sums.BestScale);
            foreach (ushort next in (ReadOnlySpan<ushort>)[better, HalfScale.Step(scale, 1), HalfScale.Step(scale, -1)])
            {
                if (next == scale) continue;
                double error = ErrorAt(ref coder, multipliers, half.Value(next), codes);
                if (error < best) (best, scale) = (error, next);
            }

            if (best >= before && round > 0) break;
        }

        return scale;
    }

    // Moves each group to the multiple within reach of its own that suits it best.
    private static Trial Neighbours<TCoder>(ref TCoder coder, Multipliers multipliers, float scale, int reach, Span<int> codes)
        where TCoder : struct, IGroupCoder
    {
        var sums = new Trial();
        for (int g = 0; g < codes.Length; g++)
        {
            int middle = codes[g];
            GroupFit best = coder.At(g, scale * multipliers.Of(middle));
            for (int near = Math.Max(0, middle - reach); near <= Math.Min(multipliers.Count - 1, middle + reach); near++)
            {
                if (near == middle) continue;
                GroupFit fit = coder.At(g, scale * multipliers.Of(near));
                if (fit.Error < best.Error) (best, codes[g]) = (fit, near);
            }

            sums.Add(best, multipliers.Of(codes[g]));
        }

        return sums;
    }

    private static double ErrorAt<TCoder>(ref TCoder coder, Multipliers multipliers, float scale, ReadOnlySpan<int> codes)
        where TCoder : struct, IGroupCoder
    {
        double error = 0;
        for (int g = 0; g < codes.Length; g++) error += coder.At(g, scale * multipliers.Of(codes[g])).Error;
        return error;
    }

    /// <summary>The sums of a block's groups.</summary>
    private struct Trial
    {
        private double product, square;

        public double Error { get; private set; }

        /// <summary>The scale that suits the codes best; 0 where they are all 0.</summary>
        public readonly float BestScale => square > 0 ? (float)(product / square) : 0;

        public void Add(GroupFit fit, float multiple)
        {
            Error += fit.Error;
            product += fit.Product * multiple;
            square += fit.Square * multiple * multiple;
        }
    }
}
