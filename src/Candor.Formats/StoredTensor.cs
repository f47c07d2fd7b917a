using System.Collections.Immutable;
using Candor.Tensors;

namespace Candor.Formats;

/// <summary>A tensor inside a mapped file. Its memory lives as long as the <see cref="TensorStore"/> that it came from.</summary>
public sealed unsafe class StoredTensor
{
    /// <summary>Describes a tensor whose place was checked by the reader that makes it.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="type">How its elements are stored.</param>
    /// <param name="shape">Dimensions in row-major (numpy) order: the last one is contiguous. Empty for a scalar.</param>
    /// <param name="file">The file that holds it.</param>
    /// <param name="data">Its first byte.</param>
    /// <param name="byteLength">Its bytes.</param>
    public StoredTensor(string name, ElementType type, ImmutableArray<long> shape, string file, byte* data, long byteLength)
    {
        Name = name;
        Type = type;
        Shape = shape;
        File = file;
        Data = data;
        ByteLength = byteLength;
        long count = 1;
        foreach (long d in shape) count = checked(count * d);
        ElementCount = count;
    }

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>How its elements are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Dimensions in row-major (numpy) order: the last one is contiguous. Empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The file that holds it.</summary>
    public string File { get; }

    /// <summary>Its first byte.</summary>
    public byte* Data { get; }

    /// <summary>Its bytes.</summary>
    public long ByteLength { get; }

    /// <summary>Its elements: the product of the dimensions.</summary>
    public long ElementCount { get; }

    /// <summary>Its bytes as a span.</summary>
    /// <exception cref="OverflowException">It has more than 2^31-1 bytes; use <see cref="Data"/>.</exception>
    public ReadOnlySpan<byte> Bytes => new(Data, checked((int)ByteLength));
}
