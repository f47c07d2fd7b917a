using System.Buffers.Binary;

namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// A compiled table of replacements: a double-array trie over UTF-8 (the layout of darts-clone), whose values point into a
/// list of NUL-terminated strings. Of all rules that match at a place, the longest wins.
/// </summary>
internal sealed class CharacterMap
{
    /// <summary>No rule looks farther ahead than this; published tables stay far below it.</summary>
    private const int LongestRule = 1024;

    private readonly uint[] units;
    private readonly byte[] strings;

    private CharacterMap(uint[] units, byte[] strings)
    {
        this.units = units;
        this.strings = strings;
    }

    /// <summary>Reads a table: the trie's size in bytes as a little-endian 32-bit number, the trie, the strings.</summary>
    /// <param name="blob">The table; empty for none.</param>
    /// <param name="source">The file, for messages.</param>
    /// <param name="where">The field, for messages.</param>
    /// <returns>The table, or null where the blob is empty.</returns>
    /// <exception cref="TokenizerFormatException">The table is damaged.</exception>
    public static CharacterMap? Parse(ReadOnlySpan<byte> blob, string source, string where)
    {
        if (blob.IsEmpty) return null;
        if (blob.Length <= 4) throw new TokenizerFormatException(source, where, $"{blob.Length} bytes are too few for a table of replacements");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (size >= (uint)blob.Length || size > (uint)(blob.Length - 4)) throw new TokenizerFormatException(source, where, $"a trie of {size} bytes exceeds the table of {blob.Length} bytes");
        if (size % 4 != 0 || size == 0) throw new TokenizerFormatException(source, where, $"the trie's size {size} is not a positive multiple of 4");
        uint[] units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob.Slice(4 + (4 * i), 4));
        byte[] strings = blob[(4 + (int)size)..].ToArray();
        for (int begin = 0; begin < strings.Length;)
        {
            int length = strings.AsSpan(begin).IndexOf((byte)0);
            if (length < 0) length = strings.Length - begin;
            if (length > LongestRule) throw new TokenizerFormatException(source, where, $"a replacement of {length} bytes; at most {LongestRule} are allowed");
            begin += length + 1;
        }

        return new CharacterMap(units, strings);
    }

    /// <summary>The table as it was read.</summary>
    public byte[] Blob
    {
        get
        {
            byte[] blob = new byte[4 + (4 * units.Length) + strings.Length];
            BinaryPrimitives.WriteUInt32LittleEndian(blob, (uint)(4 * units.Length));
            for (int i = 0; i < units.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(4 + (4 * i)), units[i]);
            strings.CopyTo(blob, 4 + (4 * units.Length));
            return blob;
        }
    }

    /// <summary>The replacement of the longest rule that matches at the start of the text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="replacement">What stands in its place; may be empty.</param>
    /// <returns>How many bytes it replaces; 0 for none.</returns>
    public int Match(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        int longest = 0;
        uint value = 0;
        uint node = Offset(units[0]);
        int end = Math.Min(text.Length, LongestRule);
        for (int i = 0; i < end; i++)
        {
            node ^= text[i];
            if (node >= (uint)units.Length) break;
            uint unit = units[node];
            if ((unit & 0x8000_00FF) != text[i]) break;
            node ^= Offset(unit);
            if (node >= (uint)units.Length) break;
            if ((unit >> 8 & 1) == 0) continue;
            longest = i + 1;
            value = units[node] & 0x7FFF_FFFF;
        }

        replacement = default;
        if (longest == 0 || value > (uint)strings.Length) return 0;
        ReadOnlySpan<byte> rest = strings.AsSpan((int)value);
        int length = rest.IndexOf((byte)0);
        replacement = length < 0 ? rest : rest[..length];
        return longest;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
