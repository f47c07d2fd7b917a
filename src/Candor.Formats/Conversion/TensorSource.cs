using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>A tensor to be written: its description, and a way to stream its bytes when their turn comes.</summary>
public sealed class TensorSource
{
    private const int ChunkBytes = 1 << 20;
    private readonly Action<Stream> write;

    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="type">How its elements are stored.</param>
    /// <param name="shape">Dimensions in row-major (numpy) order.</param>
    /// <param name="write">Writes exactly <see cref="ByteLength"/> bytes; called once for each file written.</param>
    /// <exception cref="ArgumentException">The name is empty, the shape overflows, or it does not fill whole blocks.</exception>
    public TensorSource(string name, ElementType type, ImmutableArray<long> shape, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(write);
        if (!TensorShape.TryCount(shape.AsSpan(), out long count) || !SafetensorsTypes.TryBytes(type, count, out long bytes))
            throw new ArgumentException($"the shape {TensorShape.Text(shape)} of {name} is too large, or does not fill whole {type} blocks", nameof(shape));
        (Name, Type, Shape, ByteLength, this.write) = (name, type, shape, bytes, write);
    }

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>How its elements are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Dimensions in row-major (numpy) order.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Bytes that it takes.</summary>
    public long ByteLength { get; }

    /// <summary>A copy of a stored tensor, byte for byte. Its store must stay open until the file is written.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="name">Its new name; its own by default.</param>
    public static unsafe TensorSource From(StoredTensor tensor, string? name = null) => new(name ?? tensor.Name, tensor.Type, tensor.Shape, stream =>
    {
        for (long at = 0; at < tensor.ByteLength; at += ChunkBytes)
            stream.Write(new ReadOnlySpan<byte>(tensor.Data + at, (int)Math.Min(ChunkBytes, tensor.ByteLength - at)));
    });

    /// <summary>A tensor of bytes in memory.</summary>
    /// <exception cref="ArgumentException">There are more or fewer bytes than the shape needs.</exception>
    public static TensorSource From(string name, ElementType type, ImmutableArray<long> shape, ReadOnlyMemory<byte> bytes)
    {
        var source = new TensorSource(name, type, shape, stream => stream.Write(bytes.Span));
        return source.ByteLength == bytes.Length
            ? source
            : throw new ArgumentException($"{name} needs {source.ByteLength} bytes, {bytes.Length} were given", nameof(bytes));
    }

    /// <summary>A tensor of single-precision numbers in memory.</summary>
    /// <exception cref="ArgumentException">There are more or fewer numbers than the shape needs.</exception>
    public static TensorSource From(string name, ImmutableArray<long> shape, ReadOnlyMemory<float> values)
    {
        var source = new TensorSource(name, ElementType.F32, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)));
        return source.ByteLength == values.Length * 4L
            ? source
            : throw new ArgumentException($"{name} needs {source.ByteLength / 4} numbers, {values.Length} were given", nameof(values));
    }

    /// <summary>The same tensor, with something done each time it was written.</summary>
    public TensorSource Then(Action written)
    {
        ArgumentNullException.ThrowIfNull(written);
        return new TensorSource(Name, Type, Shape, stream =>
        {
            write(stream);
            written();
        });
    }

    /// <summary>Writes the bytes and checks how many they are.</summary>
    /// <exception cref="InvalidOperationException">There were more or fewer than described.</exception>
    public void WriteTo(Stream stream)
    {
        var counting = new CountingStream(stream);
        write(counting);
        if (counting.Count != ByteLength)
            throw new InvalidOperationException($"{Name} wrote {counting.Count} bytes, {ByteLength} are expected of {Type} {TensorShape.Text(Shape)}");
    }
}
