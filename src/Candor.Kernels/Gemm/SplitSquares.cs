using System.Runtime.Intrinsics;

namespace Candor.Kernels.Gemms;

/// <summary>Floats become sums of two bfloat16 in <see cref="Packing.SplitPairs"/>, 32 steps at a time: the upper part is a float rounded, the lower one what is left of it, rounded.</summary>
internal static unsafe class SplitSquares
{
    /// <summary>Steps of the sum that are done together, and their cells in each of the three parts.</summary>
    public const int Steps = 2 * Cells, Cells = PairSquares.Side;

    /// <summary>How often steps occur.</summary>
    public const int Parts = 3;

    /// <summary>Packs steps of the right matrix, and zeros up to a multiple of <see cref="Steps"/>.</summary>
    /// <inheritdoc cref="PanelPacker.Pack(MatrixView, ValueTuple{int, int}, ValueTuple{int, int}, int, Packing, float*)"/>
    public static void PackRight(MatrixView source, (int First, int Count) lanes, (int First, int Count) steps, int width, float* to)
    {
        float* block = stackalloc float[Steps * width];
        nint part = (nint)Cells * width;
        for (int step = 0; step < steps.Count; step += Steps, to += Parts * part)
        {
            int count = Math.Min(Steps, steps.Count - step);
            PanelPacker.Pack(source, lanes, (steps.First + step, count), width, Packing.Floats, block);
            new Span<float>(block + (count * width), (Steps - count) * width).Clear();
            Upper(to);
            Upper(to + part);
            KeepLower(block, Steps * width);
            Upper(to + (2 * part));
        }

        void Upper(float* cells) => PairSquares.Round(block, width, Cells, cells, width, Cells, width / Cells, across: true, turns: false);
    }

    /// <summary>Copies rows of the left matrix, and zeros up to a multiple of <see cref="Steps"/>; memory behind the last row, up to a multiple of 16, is written too.</summary>
    /// <param name="matrix">The matrix; its columns lie side by side.</param>
    /// <param name="rows">First row and the end of them.</param>
    /// <param name="to">Where the first row goes.</param>
    /// <param name="stride">Cells from one row to the next.</param>
    public static void CopyLeft(MatrixView matrix, (int First, int Last) rows, float* to, nint stride)
    {
        float* block = stackalloc float[Cells * Steps];
        for (int row = rows.First; row < rows.Last; row += Cells, to += Cells * stride)
            for (int step = 0; step < matrix.Columns; step += Steps)
            {
                int count = Math.Min(Steps, matrix.Columns - step);
                for (int r = 0; r < Cells; r++)
                {
                    var line = new Span<float>(block + (r * Steps), Steps);
                    if (row + r < rows.Last) new ReadOnlySpan<float>(matrix.At(row + r, step), count).CopyTo(line);
                    line[(row + r < rows.Last ? count : 0)..].Clear();
                }

                float* cells = to + (step / Steps * Parts * Cells);
                Upper(cells);
                Upper(cells + (2 * Cells));
                KeepLower(block, Cells * Steps);
                Upper(cells + Cells);
            }

        void Upper(float* cells) => PairSquares.Round(block, Steps, 0, cells, stride, 0, 1, across: false, turns: false);
    }

    /// <summary>Takes from floats what their upper parts hold. Of what is not finite nothing is left.</summary>
    private static void KeepLower(float* x, int count)
    {
        for (int i = 0; i < count; i += Vector256<float>.Count)
        {
            Vector256<float> all = Vector256.Load(x + i), upper = BFloat16Rounding.Bits(all).AsSingle(), lower = all - upper;
            Vector256.ConditionalSelect(Vector256.LessThanOrEqual(Vector256.Abs(lower), Vector256.Create(float.MaxValue)), lower, default).Store(x + i);
        }
    }
}
