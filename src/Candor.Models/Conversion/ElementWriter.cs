using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models.Conversion;

/// <summary>Writes float32 values in another type, some rows at a time.</summary>
internal static unsafe class ElementWriter
{
    private const int ChunkElements = 1 << 18;

    /// <summary>Writes a matrix.</summary>
    public static void Write(float* values, long rows, long columns, ElementType type, Stream stream)
    {
        long rowsAtOnce = Math.Max(1, ChunkElements / Math.Max(1, columns)), rowBytes = type.RowBytes(columns);
        using var buffer = new NativeBuffer(Math.Max(1, rowsAtOnce * rowBytes));
        for (long r = 0; r < rows; r += rowsAtOnce)
        {
            long count = Math.Min(rowsAtOnce, rows - r);
            Quantizer.FromFloat(type, values + (r * columns), buffer.Pointer, count * columns);
            stream.Write(new ReadOnlySpan<byte>(buffer.Pointer, checked((int)(count * rowBytes))));
        }
    }
}
