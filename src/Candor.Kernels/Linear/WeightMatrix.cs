using Candor.Tensors;

namespace Candor.Kernels;

/// <summary>
/// A weight <c>[rows, columns]</c> as it is stored: row after row, each a whole number of blocks. It points at memory
/// that somebody else owns (a mapped file), which must outlive it. Nobody changes it, so it is safe to share between threads.
/// </summary>
public sealed unsafe class WeightMatrix
{
    /// <summary>Describes a weight in memory.</summary>
    /// <param name="type">How its elements are stored: a float or a quantized type.</param>
    /// <param name="rows">Rows: outputs of the layer. 0 or more.</param>
    /// <param name="columns">Columns: inputs of the layer, a whole number of blocks. 1 or more.</param>
    /// <param name="data">The first byte of <c>rows * RowBytes</c>.</param>
    /// <exception cref="ArgumentException">A row is not a whole number of blocks, or the type does not hold weights.</exception>
    public WeightMatrix(ElementType type, int rows, int columns, byte* data)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentNullException.ThrowIfNull(data);
        if (!type.IsFloat() && !type.IsQuantized())
            throw new ArgumentException($"{type} is not a type of weights: expected a float or a quantized type", nameof(type));
        (Type, Rows, Columns) = (type, rows, columns);
        Data = data;
        RowBytes = checked((nint)type.RowBytes(columns));
    }

    /// <summary>How the elements are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Outputs of the layer.</summary>
    public int Rows { get; }

    /// <summary>Inputs of the layer.</summary>
    public int Columns { get; }

    /// <summary>The first byte.</summary>
    public byte* Data { get; private set; }

    /// <summary>Bytes of a row.</summary>
    public nint RowBytes { get; }

    /// <summary>The tensor that it is, or is a part of, as its file names it; empty where it has no name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Which of a stack of experts' matrices it is; 0 where it is no part of a stack.</summary>
    public int Slice { get; init; }

    /// <summary>Reads a row as floats, from its copy for assembled kernels where there is one: nobody reads the file again then.</summary>
    /// <param name="row">Which, 0 to <see cref="Rows"/> - 1.</param>
    /// <param name="destination">Receives <c>[Columns]</c> floats.</param>
    public void ReadRow(int row, float* destination)
    {
        if (Packed is { } packed) Packing.PackedRow.ToFloat(packed, row, destination, Columns);
        else Dequantizer.ToFloat(Type, Row(row), destination, Columns);
    }

    /// <summary>A copy of it for assembled kernels, or null. Whoever sets it owns it, and keeps it while the weight is used.</summary>
    internal Packing.PackedWeight? Packed { get; set; }

    /// <summary>Says that the same bytes lie elsewhere from now on. Whoever says so does it before others use the weight, and takes it back after them.</summary>
    internal void Move(byte* to) => Data = to;

    /// <summary>The first byte of a row.</summary>
    internal byte* Row(int row) => Data + (row * RowBytes);
}
