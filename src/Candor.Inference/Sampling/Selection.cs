using System.Numerics;
using System.Runtime.Intrinsics;

namespace Candor.Inference.Sampling;

/// <summary>Finding a rank among many numbers without sorting them all. Linear in practice, n log n at worst.</summary>
internal static class Selection
{
    // So many halvings find any rank unless the pivots were bad; then sorting is the bound.
    private const int Patience = 64;

    /// <summary>The k-th largest (k from 1), and how many of those equal to it are among the k largest.</summary>
    /// <param name="values">At least <paramref name="k"/> numbers, none NaN.</param>
    /// <param name="k">The rank, from 1.</param>
    /// <param name="scratch">As long as <paramref name="values"/>.</param>
    public static (double Value, int Ties) KthLargest(ReadOnlySpan<double> values, int k, Span<double> scratch)
    {
        // Only what beats the k-th of those seen so far enters the scratch, which is cut back to k whenever it is full.
        Span<double> best = scratch[..(int)Math.Min(values.Length, 2L * k + 256)];
        double bar = double.NegativeInfinity;
        int filled = 0, i = 0;
        for (; i < values.Length; i += 4)
        {
            if (filled > best.Length - 4 && filled > k)
            {
                bar = TakeLargest(best[..filled], k);
                filled = k;
            }

            if (i > values.Length - 4 || best.Length - filled < 4) break;
            uint mask = Vector256.GreaterThan(Vector256.Create(values[i..]), Vector256.Create(bar)).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1) best[filled++] = values[i + BitOperations.TrailingZeroCount(mask)];
        }

        for (; i < values.Length; i++)
            if (values[i] > bar || filled < k) best[filled++] = values[i];
        double kth = TakeLargest(best[..filled], k);
        int equals = 0;
        foreach (double v in best[..k])
            if (v == kth) equals++;
        return (kth, equals);
    }

    /// <summary>Brings the k largest to the front and returns the least of them.</summary>
    public static double TakeLargest(Span<double> values, int k)
    {
        int lo = 0, hi = values.Length;
        for (int patience = Patience; patience > 0; patience--)
        {
            double pivot = Median(values[lo], values[lo + (hi - lo) / 2], values[hi - 1]);
            int above = lo, below = hi;
            for (int i = lo; i < below;)
            {
                double v = values[i];
                if (v > pivot) Swap(values, i++, above++);
                else if (v < pivot) Swap(values, i, --below);
                else i++;
            }

            if (k <= above) hi = above;
            else if (k <= below) return pivot;
            else lo = below;
        }

        values[lo..hi].Sort(static (x, y) => y.CompareTo(x));
        return values[k - 1];
    }

    /// <summary>
    /// The least score s such that the weights of all scores up to s sum to at least <paramref name="need"/>, and what the
    /// scores equal to s must contribute of it. Both spans are reordered together.
    /// </summary>
    public static (double Score, double Missing) LeastScore(Span<double> scores, Span<double> weights, double need)
    {
        int lo = 0, hi = scores.Length;
        for (int patience = Patience; patience > 0; patience--)
        {
            double pivot = Median(scores[lo], scores[lo + (hi - lo) / 2], scores[hi - 1]);
            int below = lo, above = hi;
            double less = 0, equal = 0;
            for (int i = lo; i < above;)
            {
                double s = scores[i];
                if (s < pivot)
                {
                    less += weights[i];
                    Swap(scores, i, below);
                    Swap(weights, i++, below++);
                }
                else if (s > pivot)
                {
                    Swap(scores, i, --above);
                    Swap(weights, i, above);
                }
                else
                {
                    equal += weights[i++];
                }
            }

            // Rounding may leave the sum of all a little short: then everything is needed.
            if (need <= less && below > lo) hi = below;
            else if (need <= less + equal || above == hi) return (pivot, need - less);
            else
            {
                need -= less + equal;
                lo = above;
            }
        }

        scores[lo..hi].Sort(weights[lo..hi]);
        while (lo < hi)
        {
            double score = scores[lo], equal = 0;
            for (; lo < hi && scores[lo] == score; lo++) equal += weights[lo];
            if (need <= equal || lo == hi) return (score, need);
            need -= equal;
        }

        return (double.PositiveInfinity, need);
    }

    private static double Median(double a, double b, double c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));

    private static void Swap(Span<double> x, int i, int j) => (x[i], x[j]) = (x[j], x[i]);
}
