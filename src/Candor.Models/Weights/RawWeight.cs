using Candor.Formats;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models;

/// <summary>A weight on its way from file to use: a matrix view that operations narrow or copy.</summary>
internal unsafe ref struct RawWeight
{
    public ElementType Type;
    public long Rows;
    public long Columns;
    /// <summary>Rows of one matrix where several are stacked (a 3-D tensor); else <see cref="Rows"/>.</summary>
    public long SliceRows;
    public byte* Data;
    public NativeBuffer? Owned;

    public static RawWeight From(StoredTensor tensor, int expert)
    {
        ReadOnlySpan<long> shape = tensor.Shape.AsSpan();
        byte* data = tensor.Data;
        long bytes = tensor.ByteLength;
        if (expert >= 0)
        {
            if (shape.Length < 2 || expert >= shape[0])
                throw new ModelFormatException(tensor.File, tensor.Name, $"shape {Text(tensor)} has no expert {expert}");
            bytes /= shape[0];
            data += bytes * expert;
            shape = shape[1..];
        }

        long columns = shape.Length == 0 ? 1 : shape[^1], rows = 1;
        for (int i = 0; i < shape.Length - 1; i++) rows = checked(rows * shape[i]);
        return new RawWeight
        {
            Type = tensor.Type, Rows = rows, Columns = columns, Data = data,
            SliceRows = shape.Length >= 2 ? shape[^2] : 1,
        };
    }

    public void Apply(WeightOperation operation, StoredTensor tensor)
    {
        switch (operation.Kind)
        {
            case WeightOperationKind.Rows:
                AsColumn();
                if (operation.B > Rows) throw new ModelFormatException(tensor.File, tensor.Name, $"shape {Text(tensor)} has fewer than the {operation.B} rows expected");
                Data += Type.RowBytes(Columns) * (long)operation.A;
                Rows = (long)(operation.B - operation.A);
                break;
            case WeightOperationKind.Gather:
                AsColumn();
                Gather((long)operation.A, (long)operation.B, (long)operation.C, tensor);
                break;
            case WeightOperationKind.Transpose:
                Transpose();
                break;
            case WeightOperationKind.Add:
                ToFloat();
                foreach (ref float x in new Span<float>(Data, checked((int)(Rows * Columns)))) x += (float)operation.A;
                break;
            default:
                ToFloat();
                foreach (ref float x in new Span<float>(Data, checked((int)(Rows * Columns)))) x = -MathF.Exp(x);
                break;
        }
    }

    /// <summary>Makes an own float32 copy.</summary>
    public void ToFloat()
    {
        if (Owned is not null && Type == ElementType.F32) return;
        var copy = new NativeBuffer(checked(Rows * Columns * sizeof(float)));
        Dequantizer.ToFloat(Type, Data, (float*)copy.Pointer, Rows * Columns);
        Replace(copy);
        Type = ElementType.F32;
    }

    public static string Text(StoredTensor tensor) => "[" + string.Join(", ", tensor.Shape) + "]";

    /// <summary>A vector's elements count as rows for operations that choose rows.</summary>
    private void AsColumn()
    {
        if (Rows == 1 && Columns > 1 && !Type.IsQuantized()) (Rows, Columns) = (Columns, 1);
    }

    private void Gather(long period, long begin, long count, StoredTensor tensor)
    {
        if (Rows % period != 0)
            throw new ModelFormatException(tensor.File, tensor.Name, $"shape {Text(tensor)}: rows are not a multiple of {period}");
        long rowBytes = Type.RowBytes(Columns), rows = Rows / period * count;
        var copy = new NativeBuffer(rows * rowBytes);
        for (long group = 0; group < Rows / period; group++)
            Buffer.MemoryCopy(Data + (group * period + begin) * rowBytes, copy.Pointer + group * count * rowBytes, count * rowBytes, count * rowBytes);
        Replace(copy);
        Rows = rows;
    }

    private void Transpose()
    {
        if (Type.IsQuantized()) ToFloat();
        long slices = SliceRows == 0 ? 0 : Rows / SliceRows, width = Columns, height = SliceRows, size = Type.BlockBytes();
        var copy = new NativeBuffer(Rows * Columns * size);
        for (long s = 0; s < slices; s++)
        {
            byte* from = Data + s * width * height * size, to = copy.Pointer + s * width * height * size;
            for (long r = 0; r < height; r++)
                for (long c = 0; c < width; c++)
                    Buffer.MemoryCopy(from + (r * width + c) * size, to + (c * height + r) * size, size, size);
        }

        Replace(copy);
        (Rows, Columns, SliceRows) = (slices * width, height, width);
    }

    private void Replace(NativeBuffer copy)
    {
        Owned?.Dispose();
        Owned = copy;
        Data = copy.Pointer;
    }
}
