using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels;

/// <summary>In which order weights that are read once are read fastest.</summary>
internal static class MemoryOrder
{
    private const int GenuineIntel = 0x756E6547;

    /// <summary>
    /// Places of a weight that a thread reads side by side, 4 or 1. Intel's processors look ahead in each page by itself, and a core's first cache waits for
    /// few lines at once, so that several pages together keep more of memory's lines under way; AMD's read one place after the other faster.
    /// </summary>
    public static int Streams { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == GenuineIntel ? 4 : 1;
}
