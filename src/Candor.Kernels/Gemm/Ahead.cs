using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Gemms;

/// <summary>
/// A stretch of the right matrix that is multiplied next, asked for into the second-level cache while this one is: packing alone would wait for memory,
/// and multiplying leaves memory idle.
/// </summary>
/// <param name="first">The first byte.</param>
/// <param name="stride">Bytes from one row to the next.</param>
/// <param name="rows">Rows.</param>
/// <param name="bytes">Bytes of each that are needed.</param>
internal unsafe struct Ahead(byte* first, nint stride, int rows, nint bytes)
{
    private const int LineBytes = 64;

    private nint done;
    private int each;

    /// <summary>Deals it out to some calls of <see cref="Ask"/>.</summary>
    public void DealOut(long calls)
    {
        long lines = rows * ((bytes + LineBytes - 1) / LineBytes);
        each = (int)((lines + calls - 1) / calls);
    }

    /// <summary>Asks for a share of it.</summary>
    public void Ask()
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < each && rows > 0; i++)
        {
            Sse.Prefetch1(first + done);
            done += LineBytes;
            if (done < bytes) continue;
            done = 0;
            first += stride;
            rows--;
        }
    }
}
