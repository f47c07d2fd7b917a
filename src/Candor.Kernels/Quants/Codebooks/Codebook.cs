using System.Runtime.InteropServices;

namespace Candor.Kernels.Quants;

/// <summary>
/// Unpacks the codebooks of the IQ types once, when first used, into tables that live as long as the process, so that a
/// decoder reads eight (or four) codes with one load.
/// </summary>
internal static unsafe class Codebook
{
    /// <summary>Entries of eight two-bit level indices, as eight signed bytes each.</summary>
    internal static ulong* ExpandEights(ReadOnlySpan<ushort> packed, ReadOnlySpan<sbyte> levels)
    {
        var entries = (ulong*)NativeMemory.AlignedAlloc((nuint)packed.Length * sizeof(ulong), 64);
        for (int i = 0; i < packed.Length; i++)
        {
            ulong entry = 0;
            for (int j = 0; j < 8; j++)
                entry |= (ulong)(byte)levels[(packed[i] >> (2 * j)) & 3] << (8 * j);
            entries[i] = entry;
        }

        return entries;
    }

    /// <summary>Entries of four three-bit level indices, as four signed bytes each.</summary>
    internal static uint* ExpandFours(ReadOnlySpan<ushort> packed, ReadOnlySpan<sbyte> levels)
    {
        var entries = (uint*)NativeMemory.AlignedAlloc((nuint)packed.Length * sizeof(uint), 64);
        for (int i = 0; i < packed.Length; i++)
        {
            uint entry = 0;
            for (int j = 0; j < 4; j++)
                entry |= (uint)(byte)levels[(packed[i] >> (3 * j)) & 7] << (8 * j);
            entries[i] = entry;
        }

        return entries;
    }
}
