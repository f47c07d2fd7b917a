namespace Candor.Training;

/// <summary>
/// AdamW whose moments are kept as one byte each (Dettmers et al., arXiv:2110.02861): blocks of 256 are divided by their largest
/// magnitude and take the nearest of 256 codes, which lie closer together towards 0. A step uses the fresh moments. Tensors of fewer than 4096
/// numbers keep theirs in float32.
/// </summary>
internal sealed unsafe class AdamW8Bit(IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options) : AdamW(parameters, weights, pass, options)
{
    private const int Block = 256, Smallest = 4096;

    /// <summary>Codes of means, ascending.</summary>
    internal static float[] Signed { get; } = Codes(signed: true);

    /// <summary>Codes of squares, ascending.</summary>
    internal static float[] Unsigned { get; } = Codes(signed: false);

    private protected override long StateBytes(Parameter p) => p.Count < Smallest ? base.StateBytes(p) : (2 * p.Count) + (2 * Blocks(p.Count) * sizeof(float)) + 3;

    private protected override void Update(Parameter p, byte* state, StepConstants step)
    {
        if (p.Count < Smallest)
        {
            base.Update(p, state, step);
            return;
        }

        Constants c = Of(step);
        nint w = (nint)p.Value, g = (nint)p.Gradient, largest = (nint)state, codes = largest + (nint)(2 * Blocks(p.Count) * sizeof(float));
        long blocks = Blocks(p.Count), count = p.Count;

        // Chunks are whole numbers of blocks.
        Each(p, (from, to) =>
        {
            float* m = stackalloc float[Block], v = stackalloc float[Block];
            for (int at = from; at < to; at += Block)
            {
                int size = Math.Min(Block, to - at);
                float* scales = (float*)largest + (at / Block);
                byte* first = (byte*)codes + at, second = first + count;
                for (int i = 0; i < size; i++) (m[i], v[i]) = (Signed[first[i]] * scales[0], Unsigned[second[i]] * scales[blocks]);
                Update((float*)w + at, (float*)g + at, m, v, null, size, c);
                scales[0] = Write(m, size, Signed, first);
                scales[blocks] = Write(v, size, Unsigned, second);
            }
        });
    }

    /// <summary>The index of the nearest code.</summary>
    internal static byte Nearest(float[] codes, float x)
    {
        int at = Array.BinarySearch(codes, x);
        if (at >= 0) return (byte)at;
        at = ~at;
        if (at == 0) return 0;
        if (at == codes.Length) return (byte)(codes.Length - 1);
        return (byte)(codes[at] - x < x - codes[at - 1] ? at : at - 1);
    }

    private static long Blocks(long count) => (count + Block - 1) / Block;

    private static float Write(float* values, int size, float[] codes, byte* to)
    {
        float largest = 0;
        for (int i = 0; i < size; i++) largest = Math.Max(largest, Math.Abs(values[i]));
        float inverse = largest > 0 ? 1 / largest : 0;
        for (int i = 0; i < size; i++) to[i] = Nearest(codes, values[i] * inverse);
        return largest;
    }

    /// <summary>Seven decades; each has twice as many codes as the one below it, at the middles of equal parts.</summary>
    private static float[] Codes(bool signed)
    {
        var codes = new List<float> { 0, 1 };
        for (int i = 0; i < 7; i++)
        {
            int parts = 1 << (signed ? i : i + 1);
            double decade = Math.Pow(10, i - 6);
            for (int k = 0; k < parts; k++)
            {
                double low = 0.1 + (0.9 * k / parts), high = 0.1 + (0.9 * (k + 1) / parts);
                codes.Add((float)(decade * (low + high) / 2));
                if (signed) codes.Add(-codes[^1]);
            }
        }

        return [.. codes.Order()];
    }
}
