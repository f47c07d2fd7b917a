using Candor.Kernels.Packing;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Copies of weights, laid out for the assembled kernels of this processor; products with those weights use them from then on. A copy takes as
/// much memory as the weight, or 3 % more. Owns the copies: weights must not be multiplied after it was disposed.
/// </summary>
public sealed class PackedWeights : IParallelBody, IDisposable
{
    private readonly List<(WeightMatrix Weight, PackedWeight Copy, int First)> made = [];

    private PackedWeights()
    {
    }

    /// <summary>Whether this processor has use for copies.</summary>
    public static bool AreOfUse => PackedKernel.IsSupported;

    /// <summary>Copies the weights that there is a layout for; of the others nothing is made.</summary>
    /// <param name="weights">The weights; nobody may multiply with them meanwhile.</param>
    /// <param name="pool">The threads.</param>
    /// <exception cref="OutOfMemoryException">There is no room for a copy.</exception>
    public static PackedWeights Of(IEnumerable<WeightMatrix> weights, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(pool);
        var packed = new PackedWeights();
        try
        {
            int panels = 0;
            foreach (WeightMatrix weight in weights.Distinct())
            {
                if (PackedWeight.For(weight) is not { } copy) continue;
                packed.made.Add((weight, copy, panels));
                panels += copy.Panels;
            }

            pool.Run(panels, 4, packed);
            foreach ((WeightMatrix weight, PackedWeight copy, _) in packed.made) weight.Packed = copy;
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }

    /// <summary>The weights that have a copy.</summary>
    public IEnumerable<WeightMatrix> Weights => made.Select(m => m.Weight);

    /// <inheritdoc/>
    public void Execute(int begin, int end, int worker)
    {
        int at = made.FindLastIndex(m => m.First <= begin);
        for (int i = begin; i < end; i++)
        {
            while (i >= made[at].First + made[at].Copy.Panels) at++;
            made[at].Copy.Fill(made[at].Weight, i - made[at].First);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((WeightMatrix weight, PackedWeight copy, _) in made)
        {
            weight.Packed = null;
            copy.Dispose();
        }
    }
}
