namespace Candor.Kernels.Quants;

/// <summary>What the simple quantizers look for in a block.</summary>
internal static unsafe class BlockExtremes
{
    /// <summary>The value of largest magnitude, the first of equals.</summary>
    internal static float Largest(float* values, int count)
    {
        float magnitude = 0, largest = 0;
        for (int i = 0; i < count; i++)
            if (MathF.Abs(values[i]) > magnitude)
            {
                magnitude = MathF.Abs(values[i]);
                largest = values[i];
            }

        return largest;
    }

    /// <summary>The least and the greatest value.</summary>
    internal static (float Min, float Max) Range(float* values, int count)
    {
        float min = float.MaxValue, max = float.MinValue;
        for (int i = 0; i < count; i++)
        {
            if (values[i] < min) min = values[i];
            if (values[i] > max) max = values[i];
        }

        return (min, max);
    }

    /// <summary>The inverse of a scale; 0 for a scale of 0, or one so small that it has none.</summary>
    internal static float Inverse(float scale)
    {
        float inverse = 1f / scale;
        return float.IsFinite(inverse) ? inverse : 0;
    }
}
