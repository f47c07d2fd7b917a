using Candor.Kernels.Integer;
using Candor.Tensors;

namespace Candor.Kernels.Packing;

/// <summary>
/// A copy of a weight in its <see cref="PackedFormat"/>: <c>[rows / 16, bytes]</c>; rows beyond the last repeat it. Owns its memory. Immutable
/// once it is filled.
/// </summary>
internal sealed unsafe class PackedWeight : IDisposable
{
    private readonly NativeBuffer memory;
    private readonly nint panelBytes;

    private PackedWeight(PackedFormat format, WeightMatrix weight)
    {
        Format = format;
        panelBytes = (format.Bytes(weight.Columns) + 63) / 64 * 64;
        Panels = (weight.Rows + PackedFormat.Rows - 1) / PackedFormat.Rows;
        memory = new NativeBuffer(panelBytes * (long)Panels);
    }

    /// <summary>How it is laid out.</summary>
    public PackedFormat Format { get; }

    /// <summary>Runs of sixteen rows.</summary>
    public int Panels { get; }

    /// <summary>Room for a copy of a weight, to be filled with <see cref="Fill"/>; null where its type, its columns or this processor allow none.</summary>
    public static PackedWeight? For(WeightMatrix weight) =>
        PackedFormat.Of(weight.Type) is { } format && weight.Columns % PackedFormat.Columns == 0 && weight.Rows >= PackedFormat.Rows && PackedKernel.IsSupported ? new PackedWeight(format, weight) : null;

    /// <summary>Sixteen rows from a column on, a whole number of the type's blocks.</summary>
    public byte* Panel(int panel, int column) => memory.Pointer + (panel * panelBytes) + Format.Bytes(column);

    /// <summary>Copies sixteen rows.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="panel">Which.</param>
    public void Fill(WeightMatrix weight, int panel)
    {
        int columns = weight.Columns, block = weight.Type.BlockElements(), bytes = weight.Type.BlockBytes(), groups = columns / PackedFormat.Columns;
        using var scratch = new NativeBuffer((long)columns + (2L * columns / CodeDecoder.GroupElements * sizeof(float)));
        float* unused = (float*)scratch.Pointer;
        var one = (sbyte*)(unused + (2 * columns / CodeDecoder.GroupElements));
        for (int r = 0; r < PackedFormat.Rows; r++)
        {
            byte* row = weight.Row(Math.Min((panel * PackedFormat.Rows) + r, weight.Rows - 1));
            CodeDecoder.DecodeBlocks(weight.Type, row, columns / block, one, unused, unused + (columns / CodeDecoder.GroupElements));
            for (int g = 0; g < groups; g++)
            {
                byte* cell = Panel(panel, 0) + ((nint)g * Format.CellBytes) + ((nint)((g / 8) + 1) * Format.HeadBytes);
                Codes(one + (g * PackedFormat.Columns), cell, r);
                Scales(PackedScales.Read(weight.Type, row + ((nint)(g * PackedFormat.Columns / block) * bytes)), cell, g % (block / PackedFormat.Columns), r);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    private void Codes(sbyte* codes, byte* cell, int row)
    {
        for (int c = 0; c < PackedFormat.Columns; c++)
        {
            int code = Format.Table is { } table ? Array.IndexOf(table, codes[c]) : codes[c] + Format.Zero, step = c / 4, lane = (row * 4) + (c % 4);
            if (Format.Bits == 8)
            {
                cell[(step * 64) + lane] = (byte)code;
                continue;
            }

            cell[(step % 4 * 64) + lane] |= (byte)((code & 15) << (step < 4 ? 0 : 4));
            if (Format.Bits == 5) cell[256 + (step * 8) + (lane / 8)] |= (byte)(code >> 4 << (lane % 8));
            if (Format.Bits == 6) cell[256 + (step / 4 * 64) + lane] |= (byte)(code >> 4 << (step % 4 * 2));
        }
    }

    private void Scales(PackedScales s, byte* cell, int group, int row)
    {
        byte* scales = cell + Format.CodeBytes, mins = scales + Format.ScaleBytes;
        if (Format.Scale == PackedScale.Half)
        {
            ((ushort*)scales)[row] = s.Scale;
            if (Format.Offsets) ((ushort*)mins)[row] = s.Min;
            return;
        }

        if (Format.Scale == PackedScale.Exponent || !Format.Halves) scales[row] = s.Scales[group];
        else (scales[row], scales[PackedFormat.Rows + row]) = (s.Scales[2 * group], s.Scales[(2 * group) + 1]);
        if (Format.Offsets) mins[row] = s.Mins[group];
        if (Format.Scale != PackedScale.Byte || group != 0) return;
        ushort* head = (ushort*)(cell - Format.HeadBytes);
        head[row] = s.Scale;
        if (Format.Offsets) head[PackedFormat.Rows + row] = s.Min;
    }
}
