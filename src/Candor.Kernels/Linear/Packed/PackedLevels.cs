using System.Runtime.Intrinsics;
using Candor.Tensors;

namespace Candor.Kernels.Packing;

/// <summary>Which level of its table each element of a row stands for, where types store that.</summary>
internal static unsafe class PackedLevels
{
    /// <summary>Reads a row.</summary>
    /// <param name="type">A type with a table of 16 levels, and 16 bytes for 32 elements: the low halves of bytes first, then the high ones.</param>
    /// <param name="row">The first block.</param>
    /// <param name="columns">Elements.</param>
    /// <param name="levels">Receives 0 to 15 for each.</param>
    public static void Read(ElementType type, byte* row, int columns, sbyte* levels)
    {
        int block = type.BlockElements(), bytes = type.BlockBytes(), head = bytes - (block / 2);
        Vector128<byte> low = Vector128.Create((byte)15);
        for (int c = 0; c < columns; c += 32)
        {
            Vector128<byte> both = Vector128.Load(row + ((nint)(c / block) * bytes) + head + (c % block / 2));
            (both & low).AsSByte().Store(levels + c);
            (both >>> 4).AsSByte().Store(levels + c + 16);
        }
    }
}
