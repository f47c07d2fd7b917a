using System.Runtime.Intrinsics;

namespace Candor.Kernels.Quants;

/// <summary>Weighted sums over a group whose values have taken codes 0, 1, … of a line.</summary>
/// <param name="Error">Squared error.</param>
/// <param name="Code">Codes.</param>
/// <param name="CodeSquare">Squared codes.</param>
/// <param name="CodeValue">Codes times values.</param>
internal readonly record struct AffineFit(double Error, double Code, double CodeSquare, double CodeValue);

/// <summary>
/// A group of values that become <c>scale * code + offset</c> with codes from 0 to a greatest one: Q4_1, Q5_1, and the groups
/// of Q2_K, Q4_K and Q5_K.
/// </summary>
internal readonly unsafe struct AffineGroup
{
    // Steps by which the range is narrowed at either end before the line is fitted: far where an outermost value may not count.
    private static ReadOnlySpan<float> Narrowings => [0, 0.25f, 0.5f, 0.8f, 1.2f];

    private static ReadOnlySpan<float> WeightedNarrowings => [0, 0.25f, 0.5f, 0.8f, 1.2f, -0.2f, 1.8f, 2.6f, 4f];

    private const int MostUnused = 6;

    private static ReadOnlySpan<float> ThoroughNarrowings =>
        [0, 0.15f, 0.3f, 0.45f, 0.6f, 0.75f, 0.9f, 1.05f, 1.2f, -0.15f, -0.3f, -0.45f, 1.4f, 1.6f, 1.9f, 2.2f, 2.6f, 3f, 3.5f, 4f];

    private readonly float* values, weights;
    private readonly int size, greatest;
    private readonly bool weighted;

    public AffineGroup(float* values, float* weights, int size, int greatest)
    {
        this.values = values;
        this.weights = weights;
        (this.size, this.greatest) = (size, greatest);
        for (int i = 0; i < size; i++)
        {
            Weight += weights[i];
            Value += weights[i] * values[i];
            weighted |= weights[i] != weights[0];
        }
    }

    /// <summary>Sum of the weights.</summary>
    public double Weight { get; }

    /// <summary>Sum of weights times values.</summary>
    public double Value { get; }

    /// <summary>The nearest codes at a line.</summary>
    public AffineFit At(float scale, float offset)
    {
        Vector256<float> step = Vector256.Create(scale), inverse = Vector256.Create(BlockExtremes.Inverse(scale)), start = Vector256.Create(offset);
        Vector256<float> top = Vector256.Create((float)greatest);
        Vector256<float> error = default, sum = default, square = default, product = default;
        for (int i = 0; i < size; i += 8)
        {
            Vector256<float> x = Vector256.Load(values + i), w = Vector256.Load(weights + i);
            Vector256<float> code = Vector256.Round(Lanes.Clamp((x - start) * inverse, Vector256<float>.Zero, top));
            Vector256<float> miss = x - start - step * code, weighted = w * code;
            error += w * miss * miss;
            sum += weighted;
            square += weighted * code;
            product += weighted * x;
        }

        return new AffineFit(Lanes.Sum(error), Lanes.Sum(sum), Lanes.Sum(square), Lanes.Sum(product));
    }

    /// <summary>The codes at a line.</summary>
    public void Codes(float scale, float offset, Span<byte> codes)
    {
        float inverse = BlockExtremes.Inverse(scale);
        for (int i = 0; i < size; i++) codes[i] = (byte)MathF.Round(Math.Clamp((values[i] - offset) * inverse, 0, greatest));
    }

    /// <summary>Searches the line of least error.</summary>
    /// <param name="thorough">Whether more lines are tried: for a group that stands alone.</param>
    /// <param name="side">1 where the offset must not be above 0, -1 where it must not be below, 0 where it is free.</param>
    /// <param name="scale">The step, 0 or more.</param>
    /// <param name="offset">What code 0 stands for.</param>
    public double Best(bool thorough, int side, out float scale, out float offset)
    {
        (float low, float high) = BlockExtremes.Range(values, size);
        low = Allowed(low, side);
        (scale, offset) = (0, Allowed((float)(Value / Weight), side));
        double best = At(scale, offset).Error;
        if (high <= low) return best;
        float unit = (high - low) / greatest;
        ReadOnlySpan<float> narrowings = thorough ? ThoroughNarrowings : weighted ? WeightedNarrowings : Narrowings;
        foreach (float below in narrowings)
            foreach (float above in narrowings)
                if (below + above < greatest)
                    TryLine((high - low - (below + above) * unit) / greatest, Allowed(low + below * unit, side), side, ref best, ref scale, ref offset);
        // A few clusters may fit fewer codes than there are.
        for (int used = greatest - 1; used > 0 && used >= greatest - MostUnused; used--)
            TryLine((high - low) / used, low, side, ref best, ref scale, ref offset);
        return best;
    }

    private void TryLine(float a, float b, int side, ref double best, ref float scale, ref float offset)
    {
        for (int round = 0; round < 3; round++)
        {
            AffineFit fit = At(a, b);
            // Of equals the smaller scale: it leaves finer multiples to the other groups.
            if (fit.Error < best || (fit.Error <= best * (1 + 1e-5) && a < scale)) (best, scale, offset) = (fit.Error, a, b);
            else if (round > 0) break;
            if (!Line(fit, side, out a, out b)) break;
        }
    }

    /// <summary>The least-squares line for given codes; false where there is none that rises.</summary>
    public bool Line(AffineFit fit, int side, out float scale, out float offset)
    {
        double determinant = Weight * fit.CodeSquare - fit.Code * fit.Code;
        double a = (Weight * fit.CodeValue - fit.Code * Value) / determinant;
        double b = (fit.CodeSquare * Value - fit.Code * fit.CodeValue) / determinant;
        if (!double.IsFinite(a) || !double.IsFinite(b)) (a, b) = (0, 0);
        else if (b * side > 0) (a, b) = (fit.CodeValue / fit.CodeSquare, 0);
        (scale, offset) = ((float)a, (float)b);
        return scale > 0;
    }

    /// <summary>The least-squares scale for given codes and a fixed offset; where all codes are 0, the one that reaches the mean with the greatest.</summary>
    public float ScaleAt(AffineFit fit, float offset) =>
        fit.CodeSquare > 0 ? (float)((fit.CodeValue - offset * fit.Code) / fit.CodeSquare) : MathF.Max(0, (float)(Value / Weight) - offset) / greatest;

    private static float Allowed(float offset, int side) => offset * side > 0 ? 0 : offset;
}
