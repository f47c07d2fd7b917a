using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Formats;

/// <summary>The 16 levels of the non-linear 4-bit types.</summary>
internal static class NonLinear4
{
    /// <summary>The levels, signed, twice.</summary>
    public static Vector256<byte> Table
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Vector128<byte> half = Vector128.Create((sbyte)-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113).AsByte();
            return Vector256.Create(half, half);
        }
    }
}
