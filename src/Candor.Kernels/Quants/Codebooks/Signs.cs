using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Candor.Kernels.Quants;

/// <summary>Sign masks of the IQ2 and IQ3 types: bit i of a mask makes value i of eight negative.</summary>
internal static unsafe class Signs
{
    // [256]: byte i of an entry is 0xFF where bit i of its index is set.
    private static readonly ulong* Spread = BuildSpread();
    // [128]: the same for seven bits, of which the eighth is the parity.
    private static readonly ulong* SpreadEven = BuildSpreadEven();

    /// <summary>Eight positive codes with the signs that eight bits give.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Apply(ulong codes, int mask) => Negate(codes, Spread[mask & 255]);

    /// <summary>Eight positive codes with the signs that seven bits give; the number of minus signs is even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong ApplyEven(ulong codes, uint mask) => Negate(codes, SpreadEven[mask & 127]);

    // Codes are 1 or more, so that adding one to the complement never carries into the next byte.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Negate(ulong codes, ulong spread) => (codes ^ spread) + (spread & 0x0101010101010101);

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
