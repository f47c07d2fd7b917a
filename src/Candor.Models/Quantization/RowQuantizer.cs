using Candor.Formats;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models.Quantization;

/// <summary>Writes tensors in another type, some rows at a time on all threads, and adds up what it costs.</summary>
internal sealed unsafe class RowQuantizer(WorkerPool pool) : IParallelBody, IDisposable
{
    private const int ChunkElements = 1 << 20;

    private readonly Lock gate = new();
    private readonly NativeBuffer?[] scratch = new NativeBuffer?[pool.Threads];
    private NativeBuffer? bytes;
    private PlannedTensor current = null!;
    private long first, columns, rowBytes, rowsOfExpert;
    private double squares, errors;
    private ModelFormatException? fault;

    /// <summary>Root mean square error of all weights so far, as a share of their root mean square.</summary>
    public double RelativeError => squares > 0 ? Math.Sqrt(errors / squares) : 0;

    /// <summary>Writes a tensor.</summary>
    public void Write(PlannedTensor planned, Stream stream, CancellationToken cancellation)
    {
        current = planned;
        columns = planned.Tensor.Shape[^1];
        rowBytes = planned.Type.RowBytes(columns);
        rowsOfExpert = planned.Tensor.Shape[^2];
        long rows = planned.Tensor.ElementCount / Math.Max(1, columns), atOnce = Math.Max(1, ChunkElements / Math.Max(1, columns));
        if (bytes is null || bytes.Length < atOnce * rowBytes)
        {
            bytes?.Dispose();
            bytes = new NativeBuffer(atOnce * rowBytes);
        }

        for (first = 0; first < rows; first += atOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(atOnce, rows - first);
            pool.Run(count, Math.Max(1, count / (8 * pool.Threads)), this);
            if (fault is not null) throw fault;
            stream.Write(new ReadOnlySpan<byte>(bytes.Pointer, checked((int)(count * rowBytes))));
        }
    }

    /// <inheritdoc/>
    public void Execute(int begin, int end, int worker)
    {
        NativeBuffer room = Scratch(worker);
        float* values = (float*)room.Pointer, back = values + columns;
        double square = 0, error = 0;
        for (int r = begin; r < end; r++)
        {
            TensorReader.ToFloat(current.Tensor, (first + r) * columns, new Span<float>(values, (int)columns));
            byte* row = bytes!.Pointer + r * rowBytes;
            if (!TryQuantize(values, row, first + r)) return;
            Dequantizer.ToFloat(current.Type, row, back, columns);
            for (int i = 0; i < columns; i++)
            {
                square += (double)values[i] * values[i];
                error += ((double)values[i] - back[i]) * ((double)values[i] - back[i]);
            }
        }

        lock (gate)
        {
            squares += square;
            errors += error;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        bytes?.Dispose();
        foreach (NativeBuffer? buffer in scratch) buffer?.Dispose();
    }

    // What a row is refused for is thrown as it is on the thread that writes, not wrapped by the pool.
    private bool TryQuantize(float* values, byte* row, long number)
    {
        try
        {
            fixed (float* importance = current.Importance)
                Quantizer.FromFloat(current.Type, values, row, columns, importance == null ? null : importance + number / rowsOfExpert * columns);
            return true;
        }
        catch (QuantizationException e)
        {
            lock (gate) fault ??= new ModelFormatException(current.Tensor.File, current.Tensor.Name, $"row {number}: {e.Message}", e);
            return false;
        }
    }

    private NativeBuffer Scratch(int worker)
    {
        long floats = 2 * columns * sizeof(float);
        if (scratch[worker] is { } old && old.Length >= floats) return old;
        scratch[worker]?.Dispose();
        return scratch[worker] = new NativeBuffer(floats);
    }
}
