using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Integer;

/// <summary>Decodes weight rows into a <see cref="Panel"/>.</summary>
internal static unsafe class PanelBuilder
{
    private const int Rows = 8;

    /// <summary>Scratch bytes that <see cref="Build"/> needs for a panel of this width.</summary>
    public static int ScratchBytes(int width)
    {
        int groups = Panel.MostColumns / CodeDecoder.GroupElements;
        return (Rows * Panel.MostColumns) + (2 * sizeof(float) * groups) + (width * Panel.MostColumns) + (2 * width * groups * sizeof(float));
    }

    /// <summary>Decodes columns of <paramref name="width"/> rows.</summary>
    /// <param name="weight">A quantized weight.</param>
    /// <param name="row">The first row.</param>
    /// <param name="column">The first column: a whole number of blocks from the row's begin.</param>
    /// <param name="columns">Columns: a whole number of blocks, at most <see cref="Panel.MostColumns"/>.</param>
    /// <param name="width">Rows of the panel: 8 or 16.</param>
    /// <param name="scratch"><see cref="ScratchBytes"/> bytes, aligned; the panel lies in them.</param>
    /// <param name="forBlocks">Whether <see cref="BlockKernel"/> is to read it: codes of types without minima have 128 too much then, and no offsets.</param>
    public static Panel Build(WeightMatrix weight, int row, int column, int columns, int width, byte* scratch, bool forBlocks = false)
    {
        CodeShape shape = CodeShape.Of(weight.Type);
        int groups = Panel.MostColumns / CodeDecoder.GroupElements;
        byte* rowCodes = scratch;
        float* rowScales = (float*)(rowCodes + (Rows * Panel.MostColumns)), rowMins = rowScales + groups;
        Panel panel = new()
        {
            Codes = (byte*)(rowMins + groups), Columns = columns, Group = shape.Group, Range = shape.Range,
        };
        panel.Scales = (float*)(panel.Codes + (width * Panel.MostColumns));
        bool hasMins = CodeDecoder.HasMins(weight.Type);
        int zero = !forBlocks ? shape.Zero : hasMins ? 0 : 128;
        panel.Offsets = hasMins || (zero != 0 && !forBlocks) ? panel.Scales + (width * groups) : null;

        (int elements, int bytes) = (Tensors.ElementTypes.BlockElements(weight.Type), Tensors.ElementTypes.BlockBytes(weight.Type));
        nint skip = (nint)(column / elements) * bytes;
        int blocks = columns / elements, step = shape.Group / CodeDecoder.GroupElements;
        for (int first = 0; first < width; first += Rows)
        {
            for (int r = 0; r < Rows; r++)
            {
                byte* source = weight.Row(Math.Min(row + first + r, weight.Rows - 1)) + skip;
                CodeDecoder.DecodeBlocks(weight.Type, source, blocks, (sbyte*)rowCodes + (r * columns), rowScales, rowMins);
                float* scales = panel.Scales + first + r, offsets = panel.Offsets + first + r;
                for (int g = 0; g < columns / CodeDecoder.GroupElements; g += step, scales += width) *scales = rowScales[g];
                if (hasMins)
                    for (int g = 0; g < columns / CodeDecoder.GroupElements; g += step, offsets += width) *offsets = rowMins[g];
            }

            if (Avx2.IsSupported) InterleaveAvx2(rowCodes, columns, panel.Codes + (first * 4), width * 4, (byte)zero);
            else Interleave(rowCodes, columns, panel.Codes + (first * 4), width * 4, (byte)zero);
        }

        if (panel.Offsets is not null && !hasMins)
            for (int i = 0; i < columns / shape.Group * width; i++) panel.Offsets[i] = -shape.Zero * panel.Scales[i];
        return panel;
    }

    /// <summary>Eight rows of codes to runs of four, a row after the other, <paramref name="stride"/> bytes from one four to the next.</summary>
    internal static void Interleave(byte* rows, int columns, byte* destination, int stride, byte zero)
    {
        for (int c = 0; c < columns; c += 4, destination += stride)
            for (int r = 0; r < Rows; r++)
                for (int i = 0; i < 4; i++)
                    destination[(4 * r) + i] = (byte)(rows[(r * columns) + c + i] + zero);
    }

    /// <summary>As <see cref="Interleave"/>: a transposition of 8 x 8 words of 32 bits for every 32 columns.</summary>
    internal static void InterleaveAvx2(byte* rows, int columns, byte* destination, int stride, byte zero)
    {
        Vector256<byte> add = Vector256.Create(zero);
        for (int c = 0; c < columns; c += 32, destination += 8 * stride)
        {
            byte* p = rows + c;
            Vector256<int> a = (Vector256.Load(p) + add).AsInt32(), b = (Vector256.Load(p + columns) + add).AsInt32();
            p += 2 * columns;
            Vector256<int> d = (Vector256.Load(p) + add).AsInt32(), e = (Vector256.Load(p + columns) + add).AsInt32();
            p += 2 * columns;
            Vector256<int> f = (Vector256.Load(p) + add).AsInt32(), g = (Vector256.Load(p + columns) + add).AsInt32();
            p += 2 * columns;
            Vector256<int> h = (Vector256.Load(p) + add).AsInt32(), i = (Vector256.Load(p + columns) + add).AsInt32();

            Vector256<long> ab0 = Avx2.UnpackLow(a, b).AsInt64(), ab1 = Avx2.UnpackHigh(a, b).AsInt64();
            Vector256<long> de0 = Avx2.UnpackLow(d, e).AsInt64(), de1 = Avx2.UnpackHigh(d, e).AsInt64();
            Vector256<long> fg0 = Avx2.UnpackLow(f, g).AsInt64(), fg1 = Avx2.UnpackHigh(f, g).AsInt64();
            Vector256<long> hi0 = Avx2.UnpackLow(h, i).AsInt64(), hi1 = Avx2.UnpackHigh(h, i).AsInt64();
            Halves(Avx2.UnpackLow(ab0, de0), Avx2.UnpackLow(fg0, hi0), destination, stride, 0);
            Halves(Avx2.UnpackHigh(ab0, de0), Avx2.UnpackHigh(fg0, hi0), destination, stride, 1);
            Halves(Avx2.UnpackLow(ab1, de1), Avx2.UnpackLow(fg1, hi1), destination, stride, 2);
            Halves(Avx2.UnpackHigh(ab1, de1), Avx2.UnpackHigh(fg1, hi1), destination, stride, 3);
        }

        static void Halves(Vector256<long> upperRows, Vector256<long> lowerRows, byte* destination, int stride, int line)
        {
            Avx2.Permute2x128(upperRows, lowerRows, 0x20).AsByte().Store(destination + (line * stride));
            Avx2.Permute2x128(upperRows, lowerRows, 0x31).AsByte().Store(destination + ((line + 4) * stride));
        }
    }
}
