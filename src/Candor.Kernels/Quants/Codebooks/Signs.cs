using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Candor.Kernels.Quants;

/// <summary>Sign masks of the IQ2 and IQ3 types: bit i of a mask makes value i of eight negative.</summary>
internal static unsafe class Signs
{
    /// <summary><c>[256]</c>: byte i of an entry is 0xFF where bit i of its index is set.</summary>
    internal static readonly ulong* Spread = BuildSpread();

    /// <summary><c>[128]</c>: the same for seven bits, to which an eighth makes the number of set bits even.</summary>
    internal static readonly ulong* SpreadEven = BuildSpreadEven();

    /// <summary>Eight codes of 1 or more, negative where a byte of <paramref name="spread"/> is 0xFF.</summary>
    // Adding one to the complement of such a code never carries into the next byte.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Apply(ulong codes, ulong spread) => (codes ^ spread) + (spread & 0x0101010101010101);

    private static ulong* BuildSpread()
    {
        var table = (ulong*)NativeMemory.AlignedAlloc(256 * sizeof(ulong), 64);
        for (uint i = 0; i < 256; i++) table[i] = SpreadBits(i);
        return table;
    }

    private static ulong* BuildSpreadEven()
    {
        var table = (ulong*)NativeMemory.AlignedAlloc(128 * sizeof(ulong), 64);
        for (uint i = 0; i < 128; i++) table[i] = SpreadBits(i | ((uint)(BitOperations.PopCount(i) & 1) << 7));
        return table;
    }

    private static ulong SpreadBits(uint mask)
    {
        ulong spread = 0;
        for (int i = 0; i < 8; i++)
            if ((mask >> i & 1) != 0) spread |= 0xFFul << (8 * i);
        return spread;
    }
}
