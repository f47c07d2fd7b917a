using System.Runtime.InteropServices;

namespace Candor.Kernels.Quants;

/// <summary>
/// A codebook laid out for searching: the first level of every entry, then the second of every entry, and so on. Built when
/// first used; lives as long as the process.
/// </summary>
internal sealed unsafe class GridTable
{
    private GridTable(int count, int size, Func<int, int, int> level)
    {
        (Count, Size) = (count, size);
        Levels = (float*)NativeMemory.AlignedAlloc((nuint)(count * size) * sizeof(float), 64);
        for (int j = 0; j < size; j++)
            for (int e = 0; e < count; e++)
            {
                Levels[j * count + e] = level(e, j);
                Top = MathF.Max(Top, MathF.Abs(level(e, j)));
            }
    }

    /// <summary>Entries, a multiple of eight.</summary>
    public int Count { get; }

    /// <summary>Elements of an entry: 8 or 4.</summary>
    public int Size { get; }

    /// <summary>The greatest level.</summary>
    public float Top { get; }

    /// <summary><c>[size, count]</c>.</summary>
    public float* Levels { get; }

    /// <summary>IQ1's entries, each shifted up (index below 2048) and down.</summary>
    public static GridTable Iq1 { get; } = new(4096, 8, (e, j) => Byte(Iq1Grid.Entries, e & 2047, j) + (e < 2048 ? 1 : -1));

    /// <summary>IQ1's entries shifted up.</summary>
    public static GridTable Iq1Up { get; } = new(2048, 8, (e, j) => Byte(Iq1Grid.Entries, e, j) + 1);

    /// <summary>IQ1's entries shifted down.</summary>
    public static GridTable Iq1Down { get; } = new(2048, 8, (e, j) => Byte(Iq1Grid.Entries, e, j) - 1);

    public static GridTable Iq2Xxs { get; } = new(256, 8, (e, j) => Byte(Iq2XxsGrid.Entries, e, j));

    public static GridTable Iq2Xs { get; } = new(512, 8, (e, j) => Byte(Iq2XsGrid.Entries, e, j));

    public static GridTable Iq2S { get; } = new(1024, 8, (e, j) => Byte(Iq2SGrid.Entries, e, j));

    public static GridTable Iq3Xxs { get; } = new(256, 4, (e, j) => (sbyte)(Iq3XxsGrid.Entries[e] >> 8 * j));

    public static GridTable Iq3S { get; } = new(512, 4, (e, j) => (sbyte)(Iq3SGrid.Entries[e] >> 8 * j));

    private static int Byte(ulong* entries, int e, int j) => (sbyte)(entries[e] >> 8 * j);
}
