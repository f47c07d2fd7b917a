using System.Runtime.Intrinsics;
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

    private PackedWeight(PackedFormat format, WeightMatrix weight)
    {
        Format = format;
        PanelBytes = (format.Bytes(weight.Columns) + 63) / 64 * 64;
        Panels = (weight.Rows + PackedFormat.Rows - 1) / PackedFormat.Rows;
        memory = new NativeBuffer(PanelBytes * (long)Panels);
    }

    /// <summary>How it is laid out.</summary>
    public PackedFormat Format { get; }

    /// <summary>Runs of sixteen rows.</summary>
    public int Panels { get; }

    /// <summary>Bytes from a panel to the next.</summary>
    public nint PanelBytes { get; }

    /// <summary>Room for a copy of a weight, to be filled with <see cref="Fill"/>; null where its type, its columns or this processor allow none.</summary>
    public static PackedWeight? For(WeightMatrix weight) =>
        PackedFormat.Of(weight.Type) is { } format && weight.Columns % PackedFormat.Columns == 0 && weight.Rows >= PackedFormat.Rows && PackedKernel.IsSupported ? new PackedWeight(format, weight) : null;

    /// <summary>Sixteen rows from a column on, a whole number of the type's blocks.</summary>
    public byte* Panel(int panel, int column) => memory.Pointer + (panel * PanelBytes) + Format.Bytes(column);

    /// <summary>The codes of sixteen rows and of 32 columns; the head of eight of them lies before the first.</summary>
    public byte* Cell(int panel, int group) => memory.Pointer + (panel * PanelBytes) + ((nint)group * Format.CellBytes) + ((nint)((group / 8) + 1) * Format.HeadBytes);

    /// <summary>Bytes of scratch that <see cref="Fill"/> needs.</summary>
    public static long ScratchBytes(int columns) => ((long)columns * (8 + PackedFormat.Rows)) + (2L * columns / CodeDecoder.GroupElements * sizeof(float));

    /// <summary>Copies sixteen rows.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="panel">Which.</param>
    /// <param name="scratch">Memory of <see cref="ScratchBytes"/>, aligned.</param>
    public void Fill(WeightMatrix weight, int panel, byte* scratch)
    {
        int columns = weight.Columns, block = weight.Type.BlockElements(), first = panel * PackedFormat.Rows;
        byte* rows = scratch, fours = rows + (8L * columns);
        float* unused = (float*)(fours + ((long)PackedFormat.Rows * columns));
        for (int r = 0; r < PackedFormat.Rows; r++)
        {
            byte* row = weight.Row(Math.Min(first + r, weight.Rows - 1));
            var codes = (sbyte*)rows + ((r % 8) * (long)columns);
            if (Format.Table is null) CodeDecoder.DecodeBlocks(weight.Type, row, columns / block, codes, unused, unused + (columns / CodeDecoder.GroupElements));
            else PackedLevels.Read(weight.Type, row, columns, codes);
            if (r % 8 == 7) PanelBuilder.InterleaveAvx2(rows, columns, fours + ((r - 7) * 4), PackedFormat.Rows * 4, (byte)(Format.Table is null ? Format.Zero : 0));
            for (int b = 0; b < columns / block; b++)
            {
                var scales = PackedScales.Read(weight.Type, row + ((nint)b * weight.Type.BlockBytes()));
                for (int g = 0; g < block / PackedFormat.Columns; g++) Scales(scales, Cell(panel, (b * block / PackedFormat.Columns) + g), g, r);
            }
        }

        for (int g = 0; g < columns / PackedFormat.Columns; g++) Codes(fours + ((nint)g * 8 * 64), Cell(panel, g));
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    /// <summary>Packs the codes of a cell, four columns of sixteen rows in each 64 bytes.</summary>
    private void Codes(byte* fours, byte* cell)
    {
        if (Format.Bits == 8)
        {
            Buffer.MemoryCopy(fours, cell, 512, 512);
            return;
        }

        Vector512<byte> low = Vector512.Create((byte)0x0F), fifth = Vector512.Create((byte)0x10);
        for (int v = 0; v < 4; v++) ((Vector512.Load(fours + (64 * v)) & low) | (Vector512.Load(fours + (64 * (v + 4))) << 4)).Store(cell + (64 * v));
        if (Format.Bits == 5)
            for (int k = 0; k < 8; k++) *(ulong*)(cell + 256 + (8 * k)) = Vector512.Equals(Vector512.Load(fours + (64 * k)) & fifth, fifth).ExtractMostSignificantBits();
        if (Format.Bits != 6) return;
        for (int v = 0; v < 2; v++, fours += 4 * 64)
        {
            Vector512<byte> upper = Vector512.Load(fours) >> 4;
            for (int k = 1; k < 4; k++) upper |= (Vector512.Load(fours + (64 * k)) >> 4) << (2 * k);
            upper.Store(cell + 256 + (64 * v));
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
