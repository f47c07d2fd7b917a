namespace Candor.Kernels.Quants;

/// <summary>
/// For each run of a block the sums of a few entries, the best at scales near those its group may get, so that a scale can be
/// tried without another look at the whole codebook.
/// </summary>
/// <param name="buffer">Room for <see cref="Floats"/> of so many runs.</param>
/// <param name="runs">Runs of the block.</param>
internal readonly unsafe struct RunPool(float* buffer, int runs)
{
    private const int Capacity = 16;

    // Shares of the scale at which the group's largest magnitude is reached exactly.
    private static ReadOnlySpan<float> Shares =>
        [0.2f, 0.28f, 0.36f, 0.44f, 0.52f, 0.6f, 0.68f, 0.76f, 0.84f, 0.92f, 1f, 1.1f, 1.25f, 1.5f, 2.2f, 4f];

    private readonly float* products = buffer, squares = buffer + Capacity * runs, counts = buffer + 2 * Capacity * runs;

    /// <summary>Room that a pool of so many runs needs, in floats.</summary>
    public static int Floats(int runs) => (2 * Capacity + 1) * runs;

    /// <summary>Fills a run's pool from what a search has measured.</summary>
    /// <param name="run">The run.</param>
    /// <param name="search">A search that has measured the run.</param>
    /// <param name="reach">The scale at which the largest magnitude of the run's group is reached exactly.</param>
    public void Fill(int run, GridSearch search, float reach)
    {
        int count = 0;
        foreach (float share in Shares)
        {
            search.Best(reach * share, out float product, out float square);
            int at = run * Capacity + count;
            if (count > 0 && products[at - 1] == product && squares[at - 1] == square) continue;
            (products[at], squares[at]) = (product, square);
            count++;
        }

        counts[run] = count;
    }

    /// <summary>The best of a run's entries at a scale.</summary>
    public double Best(int run, float scale, out float product, out float square)
    {
        int found = run * Capacity;
        float least = float.PositiveInfinity;
        for (int i = run * Capacity, end = i + (int)counts[run]; i < end; i++)
        {
            float error = scale * squares[i] - 2 * products[i];
            if (error < least) (least, found) = (error, i);
        }

        (product, square) = (products[found], squares[found]);
        return GridSearch.Error(scale, product, square);
    }
}
