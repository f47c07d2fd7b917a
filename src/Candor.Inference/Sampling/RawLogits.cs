using System.Runtime.Intrinsics;

namespace Candor.Inference.Sampling;

/// <summary>Passes over a model's logits as they come: the check that they are numbers, and the largest.</summary>
internal static class RawLogits
{
    // One block's maximum is taken at a time, so that the index is then sought in one block only.
    private const int Block = 1024;

    /// <exception cref="NumericException">NaN or +Infinity among them.</exception>
    public static void Check(ReadOnlySpan<float> logits)
    {
        for (int begin = 0; begin < logits.Length; begin += Block)
            Max(logits.Slice(begin, Math.Min(Block, logits.Length - begin)), begin);
    }

    /// <summary>The first of the largest.</summary>
    /// <exception cref="NumericException">NaN or +Infinity among them, or nothing but -Infinity.</exception>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        float best = float.NegativeInfinity;
        int at = -1;
        for (int begin = 0; begin < logits.Length; begin += Block)
        {
            ReadOnlySpan<float> block = logits.Slice(begin, Math.Min(Block, logits.Length - begin));
            float max = Max(block, begin);
            if (!(max > best)) continue;
            best = max;
            int i = 0;
            while (block[i] != max) i++;
            at = begin + i;
        }

        return at >= 0 ? at : throw NumericException.NothingLeft();
    }

    /// <summary>The largest; -Infinity of none.</summary>
    /// <exception cref="NumericException">NaN or +Infinity among them.</exception>
    public static float Max(ReadOnlySpan<float> logits)
    {
        float best = float.NegativeInfinity;
        for (int begin = 0; begin < logits.Length; begin += Block)
            best = Math.Max(best, Max(logits.Slice(begin, Math.Min(Block, logits.Length - begin)), begin));
        return best;
    }

    private static float Max(ReadOnlySpan<float> block, int offset)
    {
        Vector256<float> a = Vector256.Create(float.NegativeInfinity), b = a;
        Vector256<float> most = Vector256.Create(float.MaxValue), sound = Vector256<float>.AllBitsSet;
        int i = 0;
        for (; i <= block.Length - 16; i += 16)
        {
            Vector256<float> x = Vector256.Create(block[i..]), y = Vector256.Create(block[(i + 8)..]);
            a = Vector256.MaxNative(a, x);
            b = Vector256.MaxNative(b, y);
            sound &= Vector256.LessThanOrEqual(x, most) & Vector256.LessThanOrEqual(y, most);
        }

        a = Vector256.MaxNative(a, b);
        float max = float.NegativeInfinity;
        for (int lane = 0; lane < Vector256<float>.Count; lane++) max = Math.Max(max, a[lane]);
        bool finite = Vector256.EqualsAll(sound.AsInt32(), Vector256<int>.AllBitsSet);
        for (; i < block.Length; i++)
        {
            finite &= block[i] <= float.MaxValue;
            max = Math.Max(max, block[i]);
        }

        if (finite) return max;
        for (i = 0; block[i] <= float.MaxValue; i++) { }
        throw NumericException.NotFinite(offset + i, block[i]);
    }
}
