using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Quants;

/// <summary>
/// What the searches need of vectors of eight. Only operations that round alike on all machines are used (no fused
/// multiply-add, sums in one order), so that the same values get the same bytes everywhere.
/// </summary>
internal static class Lanes
{
    /// <summary>The sum of the lanes, in halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> lanes)
    {
        Vector128<float> four = lanes.GetLower() + lanes.GetUpper();
        four += Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return (four + Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>Cuts to a range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Clamp(Vector256<float> value, Vector256<float> least, Vector256<float> most) =>
        Vector256.MinNative(Vector256.MaxNative(value, least), most);
}
