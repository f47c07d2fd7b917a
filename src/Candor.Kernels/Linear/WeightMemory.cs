using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// Copies of weights as they are stored, in a few large pieces of memory: what is read in many short stretches, or in several rows at once, is read
/// faster from huge pages than from those of a file. Owns the copies.
/// </summary>
public sealed unsafe class WeightMemory : IDisposable
{
    private const long PieceBytes = 64 << 20;
    private const int Alignment = 64;

    private readonly List<NativeBuffer> pieces = [];
    private long used;

    /// <summary>Whether copies of so many bytes leave a quarter of the memory that this process may use. Where they do not, files are better read as they are.</summary>
    public static bool HasRoomFor(long bytes) => bytes <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight">The weight; it stays as it is.</param>
    /// <exception cref="OutOfMemoryException">There is no room for a copy.</exception>
    public WeightMatrix Keep(WeightMatrix weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        byte* to = Take(weight);
        long bytes = weight.Rows * weight.RowBytes;
        Buffer.MemoryCopy(weight.Data, to, bytes, bytes);
        return new WeightMatrix(weight.Type, weight.Rows, weight.Columns, to) { Name = weight.Name, Slice = weight.Slice };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer piece in pieces) piece.Dispose();
        pieces.Clear();
    }

    /// <summary>Room for a copy of a weight.</summary>
    internal byte* Take(WeightMatrix weight)
    {
        long bytes = weight.Rows * weight.RowBytes;
        if (pieces.Count == 0 || used + bytes > pieces[^1].Length)
        {
            pieces.Add(new NativeBuffer(Math.Max(bytes, PieceBytes)));
            used = 0;
        }

        byte* to = pieces[^1].Pointer + used;
        used += (bytes + Alignment - 1) / Alignment * Alignment;
        return to;
    }
}
