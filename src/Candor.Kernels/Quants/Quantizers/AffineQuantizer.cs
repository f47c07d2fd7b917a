using Candor.Tensors;

namespace Candor.Kernels.Quants;

/// <summary>Searching quantizers of Q4_1 and Q5_1: a half precision scale and a minimum of either sign for each 32 values.</summary>
internal static unsafe class AffineQuantizer
{
    internal static void ToQ4_1(float* source, float* importance, byte* row, long blocks)
    {
        Span<byte> codes = stackalloc byte[32];
        for (long b = 0; b < blocks; b++, source += 32, importance = Importance.Next(importance, 32), row += 20)
        {
            Quantize(ElementType.Q4_1, source, importance, row, 15, codes, b);
            OneScaleQuantizer.PackNibbles(codes, row + 4);
        }
    }

    internal static void ToQ5_1(float* source, float* importance, byte* row, long blocks)
    {
        Span<byte> codes = stackalloc byte[32];
        for (long b = 0; b < blocks; b++, source += 32, importance = Importance.Next(importance, 32), row += 24)
        {
            Quantize(ElementType.Q5_1, source, importance, row, 31, codes, b);
            OneScaleQuantizer.PackFives(codes, row + 4);
        }
    }

    // The line of least error, then the least-squares line and the neighbours in half precision while they are better.
    private static void Quantize(ElementType type, float* source, float* importance, byte* row, int greatest, Span<byte> codes, long number)
    {
        float* buffer = stackalloc float[64];
        SearchBlock block = SearchBlock.Load(source, importance, 32, buffer);
        block.RequireReach(type, 1, number);
        codes.Clear();
        *(uint*)row = 0;
        if (block.IsZero) return;
        var half = new HalfScale(block.Exponent);
        var group = new AffineGroup(block.Values, block.Weights, 32, greatest);
        group.Best(true, 0, out float scale, out float offset);
        (ushort Scale, ushort Offset) found = (half.Round(scale), half.Round(offset));
        AffineFit fit = group.At(half.Value(found.Scale), half.Value(found.Offset));
        for (int round = 0; round < 8; round++)
        {
            (ushort, ushort) before = found;
            group.Line(fit, 0, out _, out offset);
            // A rounded offset is made good by the scale that goes with it.
            foreach (ushort middle in (ReadOnlySpan<ushort>)[found.Offset, half.Round(offset)])
                for (int step = -2; step <= 2; step++)
                {
                    ushort next = HalfScale.Step(middle, step);
                    scale = group.ScaleAt(fit, half.Value(next));
                    foreach (ushort rounded in (ReadOnlySpan<ushort>)[half.Round(scale), HalfScale.Step(half.Round(scale), 1), HalfScale.Step(half.Round(scale), -1)])
                    {
                        AffineFit tried = group.At(half.Value(rounded), half.Value(next));
                        if (tried.Error < fit.Error) (fit, found) = (tried, (rounded, next));
                    }
                }

            if (found == before) break;
        }

        *(ushort*)row = found.Scale;
        *(ushort*)(row + 2) = found.Offset;
        group.Codes(half.Value(found.Scale), half.Value(found.Offset), codes);
    }
}
