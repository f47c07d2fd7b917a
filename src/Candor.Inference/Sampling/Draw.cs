using System.Runtime.Intrinsics;

namespace Candor.Inference.Sampling;

/// <summary>
/// Draws by inverting the distribution: the first candidate, in rising order of ids, at which the running sum of the weights
/// e^(x - max) passes a given share of the total.
/// </summary>
internal static class Draw
{
    // Weights are summed in blocks; only the block in which the share falls is walked one by one.
    private const int Block = 256;

    /// <param name="candidates">At least one.</param>
    /// <param name="share">In [0, 1).</param>
    /// <param name="probability">Of the candidate drawn.</param>
    /// <returns>Its index.</returns>
    public static int Pick(Candidates candidates, double share, out double probability)
    {
        int n = candidates.Count;
        Span<double> weights = candidates.Scratch[..n];
        PortableMath.Exp(candidates.Logits, PortableMath.Max(candidates.Logits), weights);
        double total = 0;
        for (int begin = 0; begin < n; begin += Block) total += Sum(weights, begin);

        double target = share * total, passed = 0;
        int at = -1;
        for (int begin = 0; begin < n; begin += Block)
        {
            double block = Sum(weights, begin);
            if (passed + block > target)
            {
                int end = Math.Min(begin + Block, n);
                for (int i = begin; i < end; i++)
                {
                    if (weights[i] <= 0) continue;
                    at = i;
                    if ((passed += weights[i]) > target) break;
                }

                break;
            }

            passed += block;
        }

        // Rounding can leave the target just beyond the last sum.
        if (at < 0)
        {
            at = n - 1;
            while (weights[at] <= 0) at--;
        }

        probability = weights[at] / total;
        return at;
    }

    private static double Sum(ReadOnlySpan<double> weights, int begin)
    {
        ReadOnlySpan<double> block = weights[begin..Math.Min(begin + Block, weights.Length)];
        Vector256<double> a = default;
        int i = 0;
        for (; i <= block.Length - 4; i += 4) a += Vector256.Create(block[i..]);
        double sum = a[0] + a[1] + (a[2] + a[3]);
        for (; i < block.Length; i++) sum += block[i];
        return sum;
    }
}
