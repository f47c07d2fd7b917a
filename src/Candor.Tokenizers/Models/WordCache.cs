namespace Candor.Tokenizers.Models;

/// <summary>
/// Remembers what became of short pieces: a fixed number of places, each of which holds the latest piece that fell on it.
/// Thread-safe without locks: entries never change, a place is replaced as a whole.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer pieces are not kept.</summary>
    public const int MaxLength = 48;

    private const int Places = 1 << 14;

    private readonly Entry?[] _entries = new Entry?[Places];

    /// <summary>Finds a piece's tokens and the widths of each.</summary>
    public bool TryGet(ReadOnlySpan<int> piece, uint hash, out int[] ids, out int[] widths)
    {
        Entry? entry = Volatile.Read(ref _entries[hash & (Places - 1)]);
        if (entry is not null && piece.SequenceEqual(entry.Piece))
        {
            (ids, widths) = (entry.Ids, entry.Widths);
            return true;
        }

        (ids, widths) = ([], []);
        return false;
    }

    /// <summary>Keeps a piece.</summary>
    public void Set(ReadOnlySpan<int> piece, uint hash, ReadOnlySpan<int> ids, ReadOnlySpan<int> widths) =>
        Volatile.Write(ref _entries[hash & (Places - 1)], new Entry(piece.ToArray(), ids.ToArray(), widths.ToArray()));

    /// <summary>A piece's hash.</summary>
    public static uint Hash(ReadOnlySpan<int> piece)
    {
        ulong hash = (uint)piece.Length;
        foreach (int c in piece) hash = (hash ^ (uint)c) * 0x9E3779B97F4A7C15;
        return (uint)(hash >> 32);
    }

    private sealed record Entry(int[] Piece, int[] Ids, int[] Widths);
}
