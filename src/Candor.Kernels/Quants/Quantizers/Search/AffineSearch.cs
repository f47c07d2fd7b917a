namespace Candor.Kernels.Quants;

/// <summary>
/// Searches the two scales of a block of Q2_K, Q4_K or Q5_K, and each group's multiples of them, for the least weighted
/// squared error: a value is <c>scale * s * code - minimum * m</c> with whole s and m. Each group gets its own best line
/// first; pairs of scales that suit the largest are tried, and the best pair is polished as in <see cref="ScaleSearch"/>.
/// </summary>
internal readonly unsafe ref struct AffineSearch
{
    private static ReadOnlySpan<float> Shares => [1f, 0.96f, 1.06f, 1.15f, 1.35f];

    private const int Starts = 2;

    private readonly ReadOnlySpan<AffineGroup> groups;
    private readonly HalfScale half;
    private readonly int multiples;

    /// <param name="groups">The groups.</param>
    /// <param name="half">How scales are rounded.</param>
    /// <param name="multiples">The greatest multiple.</param>
    public AffineSearch(ReadOnlySpan<AffineGroup> groups, HalfScale half, int multiples)
    {
        this.groups = groups;
        this.half = half;
        this.multiples = multiples;
    }

    /// <summary>Searches.</summary>
    /// <param name="scales">Receives the multiples of the scale, <c>[groups]</c>.</param>
    /// <param name="minima">Receives the multiples of the minimum, <c>[groups]</c>.</param>
    /// <returns>The scale and the minimum; the latter is below 0 where the values of whole groups lie above 0.</returns>
    public (ushort Scale, ushort Minimum) Find(Span<byte> scales, Span<byte> minima)
    {
        int count = groups.Length;
        Span<float> steps = stackalloc float[count], offsets = stackalloc float[count];
        Span<byte> trialScales = stackalloc byte[count], trialMinima = stackalloc byte[count];
        Span<(ushort, ushort)> starts = stackalloc (ushort, ushort)[Starts];
        (ushort, ushort) found = default;
        double best = double.PositiveInfinity;
        bool above = false;
        for (int g = 0; g < count; g++)
        {
            groups[g].Best(false, 0, out steps[g], out offsets[g]);
            above |= offsets[g] > 0;
        }

        // All minima of a block have one sign; where all groups want the usual one, the other need not be tried.
        for (int side = 1; side >= (above ? -1 : 1); side -= 2)
        {
            for (int g = 0; above && g < count; g++) groups[g].Best(false, side, out steps[g], out offsets[g]);
            int kept = Start(steps, offsets, side, starts);
            foreach ((ushort Scale, ushort Minimum) start in starts[..kept])
            {
                Round(start, steps, offsets, trialScales, trialMinima);
                double error = Sums(start, trialScales, trialMinima).Error;
                (ushort Scale, ushort Minimum) pair = Polish(start, ref error, trialScales, trialMinima);
                if (!(error < best)) continue;
                (best, found) = (error, pair);
                trialScales.CopyTo(scales);
                trialMinima.CopyTo(minima);
            }
        }

        return found;
    }

    // The pairs of least error among those that suit the largest step and offset, best first; returns how many.
    private int Start(ReadOnlySpan<float> steps, ReadOnlySpan<float> offsets, int side, Span<(ushort, ushort)> starts)
    {
        Span<byte> scales = stackalloc byte[groups.Length], minima = stackalloc byte[groups.Length];
        Span<double> errors = stackalloc double[starts.Length];
        int count = 0;
        float step = 0, offset = 0;
        for (int g = 0; g < groups.Length; g++)
        {
            step = MathF.Max(step, steps[g]);
            offset = MathF.Max(offset, MathF.Abs(offsets[g]));
        }

        foreach (float scaleShare in Shares)
            foreach (float minimumShare in Shares)
            {
                (ushort, ushort) pair = (half.Round(step / multiples * scaleShare), half.Round(side * offset / multiples * minimumShare));
                // Twice: once for the pair that was asked for, once for the one that suits the codes it led to.
                for (int pass = 0; pass < 2; pass++)
                {
                    Round(pair, steps, offsets, scales, minima);
                    PairSums sums = Sums(pair, scales, minima);
                    Beam.Insert(starts, errors, ref count, pair, sums.Error);
                    if (!sums.Solve(out float scale, out float minimum)) break;
                    pair = (half.Round(scale), half.Round(minimum));
                }
            }

        return count;
    }

    // The multiples nearest to what the groups want.
    private void Round((ushort Scale, ushort Minimum) pair, ReadOnlySpan<float> steps, ReadOnlySpan<float> offsets, Span<byte> scales, Span<byte> minima)
    {
        float scale = half.Value(pair.Scale), minimum = half.Value(pair.Minimum);
        for (int g = 0; g < groups.Length; g++)
        {
            scales[g] = Nearest(steps[g] / scale);
            minima[g] = Nearest(-offsets[g] / minimum);
        }
    }

    private PairSums Sums((ushort Scale, ushort Minimum) pair, ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima)
    {
        var sums = new PairSums();
        for (int g = 0; g < groups.Length; g++)
            sums.Add(groups[g], At(g, half.Value(pair.Scale), half.Value(pair.Minimum), scales[g], minima[g]), scales[g], minima[g]);
        return sums;
    }

    private (ushort, ushort) Polish((ushort Scale, ushort Minimum) pair, ref double best, Span<byte> scales, Span<byte> minima)
    {
        for (int round = 0; round < 5; round++)
        {
            double before = best;
            var sums = new PairSums();
            for (int g = 0; g < groups.Length; g++)
                sums.Add(groups[g], Neighbours(g, half.Value(pair.Scale), half.Value(pair.Minimum), ref scales[g], ref minima[g]), scales[g], minima[g]);
            best = Math.Min(best, sums.Error);
            if (sums.Solve(out float scale, out float minimum)) TryPair((half.Round(scale), half.Round(minimum)), ref pair, ref best, scales, minima);
            for (int step = -1; step <= 1; step += 2)
            {
                TryPair((HalfScale.Step(pair.Scale, step), pair.Minimum), ref pair, ref best, scales, minima);
                TryPair((pair.Scale, HalfScale.Step(pair.Minimum, step)), ref pair, ref best, scales, minima);
            }

            if (best >= before && round > 0) break;
        }

        return pair;
    }

    private void TryPair((ushort Scale, ushort Minimum) next, ref (ushort, ushort) pair, ref double best, ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima)
    {
        if (next == pair) return;
        double error = Sums(next, scales, minima).Error;
        if (error < best) (best, pair) = (error, next);
    }

    private AffineFit Neighbours(int g, float scale, float minimum, ref byte scaleCode, ref byte minimumCode)
    {
        int s = scaleCode, m = minimumCode;
        AffineFit best = At(g, scale, minimum, s, m);
        for (int nearScale = Math.Max(0, s - 1); nearScale <= Math.Min(multiples, s + 1); nearScale++)
            for (int nearMinimum = Math.Max(0, m - 1); nearMinimum <= Math.Min(multiples, m + 1); nearMinimum++)
            {
                AffineFit fit = At(g, scale, minimum, nearScale, nearMinimum);
                if (!(fit.Error < best.Error)) continue;
                best = fit;
                (scaleCode, minimumCode) = ((byte)nearScale, (byte)nearMinimum);
            }

        return best;
    }

    private AffineFit At(int g, float scale, float minimum, int scaleCode, int minimumCode) => groups[g].At(scale * scaleCode, -minimum * minimumCode);

    private byte Nearest(float multiple) => float.IsFinite(multiple) ? (byte)Math.Clamp(MathF.Round(multiple), 0, multiples) : (byte)0;

    /// <summary>The normal equations of a block's two scales.</summary>
    private struct PairSums
    {
        private double scaleSquare, minimumSquare, cross, scaleValue, minimumValue;

        public double Error { get; private set; }

        public void Add(in AffineGroup group, AffineFit fit, int scale, int minimum)
        {
            Error += fit.Error;
            scaleSquare += fit.CodeSquare * scale * scale;
            minimumSquare += group.Weight * minimum * minimum;
            cross -= fit.Code * scale * minimum;
            scaleValue += fit.CodeValue * scale;
            minimumValue -= group.Value * minimum;
        }

        public readonly bool Solve(out float scale, out float minimum)
        {
            double determinant = scaleSquare * minimumSquare - cross * cross;
            if (minimumSquare == 0) (scale, minimum) = ((float)(scaleValue / scaleSquare), 0);
            else if (scaleSquare == 0) (scale, minimum) = (0, (float)(minimumValue / minimumSquare));
            else (scale, minimum) = ((float)((scaleValue * minimumSquare - cross * minimumValue) / determinant), (float)((scaleSquare * minimumValue - cross * scaleValue) / determinant));
            return float.IsFinite(scale) && float.IsFinite(minimum);
        }
    }
}
