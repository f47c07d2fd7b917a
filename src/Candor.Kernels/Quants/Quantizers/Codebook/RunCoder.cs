namespace Candor.Kernels.Quants;

/// <summary>Groups made of runs that each take the best entry of a codebook, whatever the others take.</summary>
/// <param name="block">The block.</param>
/// <param name="pool">The runs' entries.</param>
/// <param name="top">The codebook's greatest level.</param>
/// <param name="groups">Groups of the block.</param>
/// <param name="runs">Runs of a group.</param>
internal readonly unsafe struct RunCoder(SearchBlock block, RunPool pool, float top, int groups, int runs) : IGroupCoder
{
    public int Groups => groups;

    public float TopLevel => top;

    public float Spacing => top / 4;

    public float Largest(int group) => MathF.Abs(BlockExtremes.Largest(block.Values + group * (256 / groups), 256 / groups));

    public bool IsOneSided(int group) => false;

    public GroupFit At(int group, float scale)
    {
        double error = 0, products = 0, squares = 0;
        for (int r = group * runs; r < (group + 1) * runs; r++)
        {
            error += pool.Best(r, scale, out float product, out float square);
            products += product;
            squares += square;
        }

        return new GroupFit(error, products, squares);
    }
}
