using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Gemms;

/// <summary>Asks for memory before it is needed: a tile of the result while its sums are still being made, rows of a weight while others become floats.</summary>
internal static unsafe class TilePrefetch
{
    private const int LineBytes = 64;

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

    /// <summary>Asks for bytes that lie side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Bytes(byte* first, nint count)
    {
        if (!Sse.IsSupported) return;
        for (nint i = 0; i < count; i += LineBytes) Sse.Prefetch0(first + i);
    }
}
