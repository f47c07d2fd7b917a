using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Gemms;

/// <summary>Asks for a tile of the result while its sums are still being made; else the kernel would wait for it at the end.</summary>
internal static unsafe class TilePrefetch
{
    /// <summary>Asks for the first and the last cache line of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rows(float* c, nint stride, int rows, int columns)
    {
        if (!Sse.IsSupported) return;
        for (int r = 0; r < rows; r++, c += stride)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + columns - 1);
        }
    }
}
