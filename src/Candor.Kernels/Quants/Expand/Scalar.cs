namespace Candor.Kernels.Quants;

/// <summary>From codes, scales and minima of groups of 16 to floats.</summary>
internal static unsafe class ExpandScalar
{
    internal static void Scale(sbyte* codes, float* scales, float* destination, int count)
    {
        for (int i = 0; i < count; i++) destination[i] = scales[i >> 4] * codes[i];
    }

    internal static void ScaleAndAdd(sbyte* codes, float* scales, float* mins, float* destination, int count)
    {
        for (int i = 0; i < count; i++) destination[i] = scales[i >> 4] * codes[i] + mins[i >> 4];
    }
}
