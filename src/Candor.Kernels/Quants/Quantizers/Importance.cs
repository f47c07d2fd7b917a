namespace Candor.Kernels.Quants;

/// <summary>Walks along a row's importance, which may be missing.</summary>
internal static unsafe class Importance
{
    internal static float* Next(float* importance, int count) => importance == null ? null : importance + count;
}
