using Candor.Kernels.Packing;
using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Copies of weights, laid out for the assembled kernels of this processor, or as they are stored where there is no such layout; products with those
/// weights use them from then on. A copy takes as much memory as the weight, or 3 % more. Owns the copies: weights must not be multiplied after it was
/// disposed.
/// </summary>
public sealed unsafe class PackedWeights : IParallelBody, IDisposable
{
    private readonly WorkerPool pool;
    private readonly List<(WeightMatrix Weight, PackedWeight Copy)> made = [];
    private readonly List<(WeightMatrix Weight, nint Before)> moved = [];
    private readonly WeightMemory memory = new();

    private PackedWeights(WorkerPool pool) => this.pool = pool;

    /// <summary>Whether this processor has use for copies.</summary>
    public static bool AreOfUse => PackedKernel.IsSupported;

    /// <summary>Copies weights.</summary>
    /// <param name="weights">The weights; nobody may multiply with them meanwhile.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="copied">Told of each weight that was copied, while it still says where it was; null for no one.</param>
    /// <exception cref="OutOfMemoryException">There is no room for a copy.</exception>
    public static PackedWeights Of(IEnumerable<WeightMatrix> weights, WorkerPool pool, Action<WeightMatrix>? copied = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(pool);
        var packed = new PackedWeights(pool);
        try
        {
            foreach (WeightMatrix weight in weights.Distinct())
            {
                if (PackedWeight.For(weight) is { } copy)
                {
                    packed.made.Add((weight, copy));
                    pool.Run(copy.Panels, Math.Max(1, copy.Panels / (4 * pool.Threads)), packed);
                    copied?.Invoke(weight);
                    continue;
                }

                packed.moved.Add((weight, (nint)weight.Data));
                byte* to = packed.memory.Take(weight);
                pool.Run(weight.Rows, Math.Max(1, weight.Rows / (4 * pool.Threads)), new Mover(weight, to));
                copied?.Invoke(weight);
                weight.Move(to);
            }

            foreach ((WeightMatrix weight, PackedWeight copy) in packed.made) weight.Packed = copy;
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Execute(int begin, int end, int worker)
    {
        (WeightMatrix weight, PackedWeight copy) = made[^1];
        byte* scratch = pool.Scratch(worker, PackedWeight.ScratchBytes(weight.Columns));
        for (int panel = begin; panel < end; panel++) copy.Fill(weight, panel, scratch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((WeightMatrix weight, PackedWeight copy) in made)
        {
            weight.Packed = null;
            copy.Dispose();
        }

        foreach ((WeightMatrix weight, nint before) in moved) weight.Move((byte*)before);
        memory.Dispose();
    }

    /// <summary>Copies rows.</summary>
    private sealed class Mover(WeightMatrix weight, byte* to) : IParallelBody
    {
        public void Execute(int begin, int end, int worker)
        {
            long bytes = (end - begin) * weight.RowBytes;
            Buffer.MemoryCopy(weight.Row(begin), to + (begin * weight.RowBytes), bytes, bytes);
        }
    }
}
