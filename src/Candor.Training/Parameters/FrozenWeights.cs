using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>
/// Copies of weights that do not train, as they are stored, in a few large pieces of memory. Every step reads all of them twice, in stretches of a few
/// hundred bytes from hundreds of rows: that is slower from pages of a file than from huge ones.
/// </summary>
internal sealed unsafe class FrozenWeights : IDisposable
{
    private const long PieceBytes = 64 << 20;
    private const int Alignment = 64;

    private readonly List<NativeBuffer> pieces = [];
    private long used;

    /// <summary>Copies a weight.</summary>
    public WeightMatrix Keep(WeightMatrix weight)
    {
        long bytes = weight.Rows * weight.RowBytes;
        if (pieces.Count == 0 || used + bytes > pieces[^1].Length)
        {
            pieces.Add(new NativeBuffer(Math.Max(bytes, PieceBytes)));
            used = 0;
        }

        byte* to = pieces[^1].Pointer + used;
        used += (bytes + Alignment - 1) / Alignment * Alignment;
        Buffer.MemoryCopy(weight.Data, to, bytes, bytes);
        return new WeightMatrix(weight.Type, weight.Rows, weight.Columns, to) { Name = weight.Name, Slice = weight.Slice };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer piece in pieces) piece.Dispose();
        pieces.Clear();
    }
}
