namespace Candor.Tokenizers.SentencePiece;

/// <summary>A hash table from the bytes of a piece to its id, with linear probing; it allocates nothing when asked.</summary>
internal sealed class PieceTable
{
    private readonly byte[][] pieces;
    private readonly int[] slots; // id + 1, 0 for empty
    private readonly uint mask;

    /// <summary>Builds an empty table for the pieces of a vocabulary.</summary>
    /// <param name="pieces">All pieces; ids index into it.</param>
    /// <param name="count">How many of them will be added at most.</param>
    public PieceTable(byte[][] pieces, int count)
    {
        this.pieces = pieces;
        int size = 16;
        while (size < 2L * count) size = checked(size * 2);
        slots = new int[size];
        mask = (uint)size - 1;
    }

    /// <summary>Length in bytes of the longest piece added.</summary>
    public int Longest { get; private set; }

    /// <summary>Adds a piece; false where an equal one is there already, whose place the new one takes.</summary>
    public bool Add(int id)
    {
        byte[] piece = pieces[id];
        Longest = Math.Max(Longest, piece.Length);
        uint slot = Hash(piece) & mask;
        for (; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (!pieces[slots[slot] - 1].AsSpan().SequenceEqual(piece)) continue;
            slots[slot] = id + 1;
            return false;
        }

        slots[slot] = id + 1;
        return true;
    }

    /// <summary>The id of a piece, or -1.</summary>
    public int Find(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > Longest) return -1;
        for (uint slot = Hash(piece) & mask; slots[slot] != 0; slot = (slot + 1) & mask)
            if (pieces[slots[slot] - 1].AsSpan().SequenceEqual(piece)) return slots[slot] - 1;
        return -1;
    }

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        // FNV-1a with a final mix; the seed is fixed because a vocabulary is its own author's choice.
        uint hash = 2166136261;
        foreach (byte b in bytes) hash = (hash ^ b) * 16777619;
        hash ^= hash >> 15;
        hash *= 0x85EBCA6B;
        return hash ^ (hash >> 13);
    }
}
