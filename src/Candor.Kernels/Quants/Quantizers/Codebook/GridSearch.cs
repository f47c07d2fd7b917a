using System.Runtime.Intrinsics;

namespace Candor.Kernels.Quants;

/// <summary>
/// Finds the codebook entry nearest to a run of values at a scale. With s the scale, w the weights and g an entry the squared
/// error is a constant plus <c>s (s sum(w g g) - 2 sum(w x g))</c>: the two sums are measured once for all entries and serve
/// every scale.
/// </summary>
/// <param name="table">The codebook.</param>
/// <param name="scratch">Room for <c>2 count</c> floats.</param>
internal readonly unsafe struct GridSearch(GridTable table, float* scratch)
{
    /// <summary>Room that any table needs, in floats.</summary>
    public const int ScratchFloats = 2 * 4096;

    private readonly float* products = scratch, squares = scratch + table.Count;

    /// <summary>Measures the sums of a run with all entries.</summary>
    /// <param name="values">The run; magnitudes where the codebook has no signs.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="flipped">Whether the sign of that element must be turned which loses least by it.</param>
    public void Measure(float* values, float* weights, bool flipped)
    {
        int count = table.Count;
        float* weighted = stackalloc float[8];
        for (int j = 0; j < table.Size; j++) weighted[j] = weights[j] * values[j];
        for (int e = 0; e < count; e += 8)
        {
            Vector256<float> product = default, square = default, least = Vector256.Create(float.MaxValue);
            for (int j = 0; j < table.Size; j++)
            {
                Vector256<float> level = Vector256.Load(table.Levels + j * count + e);
                Vector256<float> term = Vector256.Create(weighted[j]) * level;
                product += term;
                square += Vector256.Create(weights[j]) * level * level;
                least = Vector256.MinNative(least, term);
            }

            if (flipped) product -= least + least;
            product.Store(products + e);
            square.Store(squares + e);
        }
    }

    /// <summary>The entry of least error at a scale, and its sums.</summary>
    public int Best(float scale, out float product, out float square)
    {
        Vector256<float> best = Vector256.Create(float.PositiveInfinity), s = Vector256.Create(scale);
        Vector256<int> found = default, index = Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7);
        for (int e = 0; e < table.Count; e += 8)
        {
            Vector256<float> p = Vector256.Load(products + e);
            Vector256<float> error = s * Vector256.Load(squares + e) - (p + p);
            Vector256<float> better = Vector256.LessThan(error, best);
            best = Vector256.ConditionalSelect(better, error, best);
            found = Vector256.ConditionalSelect(better.AsInt32(), index, found);
            index += Vector256.Create(8);
        }

        int entry = found[0];
        float least = best[0];
        for (int lane = 1; lane < 8; lane++)
            if (best[lane] < least || (best[lane] == least && found[lane] < entry))
                (least, entry) = (best[lane], found[lane]);
        (product, square) = (products[entry], squares[entry]);
        return entry;
    }

    /// <summary>The element of an entry that loses least when its sign is turned.</summary>
    public int Flip(int entry, float* values, float* weights)
    {
        int found = 0;
        float least = float.MaxValue;
        for (int j = 0; j < table.Size; j++)
        {
            float loss = weights[j] * values[j] * table.Levels[j * table.Count + entry];
            if (loss < least) (least, found) = (loss, j);
        }

        return found;
    }

    /// <summary>The error at a scale of an entry with these sums, but for a constant.</summary>
    public static double Error(float scale, float product, float square) => (double)scale * (scale * (double)square - 2 * (double)product);
}
