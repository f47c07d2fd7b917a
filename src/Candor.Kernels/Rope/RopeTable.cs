using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Cosines and sines of a set of frequencies, position by position, as a table that grows. Angles are formed in double
/// precision. Thread-safe: readers get a snapshot that stays valid.
/// </summary>
public sealed unsafe class RopeTable(double[] frequencies, double attentionFactor) : IDisposable
{
    private const int FirstPositions = 256;
    private readonly Lock gate = new();
    private readonly List<NativeBuffer> retired = [];
    private NativeBuffer? table;
    private volatile int positions;

    /// <summary>Pairs of elements that turn.</summary>
    public int Pairs => frequencies.Length;

    /// <summary>The table for positions up to <paramref name="count"/> - 1: for each position cosines [pairs], then sines [pairs].</summary>
    public float* Get(int count)
    {
        if (count > positions) Grow(count);
        lock (gate) return (float*)table!.Pointer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        table?.Dispose();
        foreach (NativeBuffer buffer in retired) buffer.Dispose();
        retired.Clear();
    }

    private void Grow(int count)
    {
        lock (gate)
        {
            if (count <= positions) return;
            int size = Math.Max(FirstPositions, positions);
            while (size < count) size = checked(size * 2);
            var bigger = new NativeBuffer((long)size * Pairs * 2 * sizeof(float));
            if (table is not null)
            {
                Buffer.MemoryCopy(table.Pointer, bigger.Pointer, bigger.Length, table.Length);
                // Another thread may be reading the old table; it is small, so it is kept until the end.
                retired.Add(table);
            }

            float* rows = (float*)bigger.Pointer;
            for (int p = positions; p < size; p++)
            {
                float* row = rows + (long)p * Pairs * 2;
                for (int i = 0; i < Pairs; i++)
                {
                    (double sin, double cos) = Math.SinCos(p * frequencies[i]);
                    row[i] = (float)(cos * attentionFactor);
                    row[Pairs + i] = (float)(sin * attentionFactor);
                }
            }

            table = bigger;
            positions = size;
        }
    }
}
