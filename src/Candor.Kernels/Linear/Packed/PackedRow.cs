using Candor.Kernels.Quants;

namespace Candor.Kernels.Packing;

/// <summary>One row of a packed weight as floats, with the bits that <see cref="Dequantizer"/> gives: so the table of embeddings, where it is the output matrix too, is read from one place.</summary>
internal static unsafe class PackedRow
{
    private const int Groups = PackedFormat.Columns / CodeDecoder.GroupElements;

    /// <summary>Reads a row.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="row">Which.</param>
    /// <param name="to">Receives <c>[columns]</c> floats.</param>
    /// <param name="columns">Columns of the weight.</param>
    public static void ToFloat(PackedWeight weight, int row, float* to, int columns)
    {
        PackedFormat format = weight.Format;
        sbyte* codes = stackalloc sbyte[PackedFormat.Columns];
        float* scales = stackalloc float[Groups], mins = stackalloc float[Groups];
        int panel = row / PackedFormat.Rows, lane = row % PackedFormat.Rows;
        for (int cell = 0; cell < columns / PackedFormat.Columns; cell++, to += PackedFormat.Columns)
        {
            byte* from = weight.Cell(panel, cell);
            Codes(format, from, lane, codes);
            Scales(format, from, cell, lane, scales, mins);
            if (format.Offsets) Dequantizer.ScaleAndAdd(codes, scales, mins, to, PackedFormat.Columns);
            else Dequantizer.Scale(codes, scales, to, PackedFormat.Columns);
        }
    }

    private static void Codes(PackedFormat format, byte* cell, int lane, sbyte* codes)
    {
        for (int i = 0; i < PackedFormat.Columns; i++)
        {
            int four = i / 4, at = (lane * 4) + (i % 4);
            if (format.Bits == 8)
            {
                codes[i] = (sbyte)(cell[(64 * four) + at] - format.Zero);
                continue;
            }

            byte both = cell[(64 * (four % 4)) + at];
            int code = four < 4 ? both & 15 : both >> 4;
            if (format.Bits == 5) code |= ((cell[256 + (8 * four) + (at / 8)] >> (at % 8)) & 1) << 4;
            if (format.Bits == 6) code |= ((cell[256 + (64 * (four / 4)) + at] >> (2 * (four % 4))) & 3) << 4;
            codes[i] = format.Table is { } levels ? levels[code] : (sbyte)(code - format.Zero);
        }
    }

    private static void Scales(PackedFormat format, byte* cell, int index, int lane, float* scales, float* mins)
    {
        byte* stored = cell + format.CodeBytes, lows = stored + format.ScaleBytes;
        switch (format.Scale)
        {
            case PackedScale.Half:
                scales[0] = scales[1] = (float)((Half*)stored)[lane];
                if (format.Offsets) mins[0] = mins[1] = (float)((Half*)lows)[lane];
                break;
            case PackedScale.Exponent:
                scales[0] = scales[1] = BitConverter.Int32BitsToSingle(stored[lane] << 23) * 0.5f;
                break;
            default:
                var head = (Half*)(cell - ((nint)(index % 8) * format.CellBytes) - format.HeadBytes);
                float scale = (float)head[lane];
                scales[0] = scale * (sbyte)stored[lane];
                scales[1] = format.Halves ? scale * (sbyte)stored[PackedFormat.Rows + lane] : scales[0];
                if (format.Offsets) mins[0] = mins[1] = -((float)head[PackedFormat.Rows + lane] * lows[lane]);
                break;
        }
    }
}
