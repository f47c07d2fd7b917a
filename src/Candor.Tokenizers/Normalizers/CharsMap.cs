using System.Buffers.Binary;
using System.Text;

namespace Candor.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's compiled table of replacements: a double-array trie (Darts) over UTF-8 whose values point into a list of
/// texts that end with a zero byte. Every index is checked. Thread-safe.
/// </summary>
internal sealed class CharsMap
{
    private readonly uint[] _units;
    private readonly byte[] _texts;

    private CharsMap(uint[] units, byte[] texts) => (_units, _texts) = (units, texts);

    /// <summary>Reads a table.</summary>
    /// <param name="blob">Size of the trie in bytes as a 32-bit number, the trie, the texts.</param>
    /// <returns>Null where the sizes do not fit.</returns>
    public static CharsMap? TryRead(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 4) return null;
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (size % 4 != 0 || size < 4 || size > blob.Length - 4) return null;
        var units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + i * 4)..]);
        return new CharsMap(units, blob[(4 + (int)size)..].ToArray());
    }

    /// <summary>Finds the shortest or the longest entry that a text begins with.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="longest">Whether the longest entry is wanted.</param>
    /// <param name="length">The length of the entry in bytes.</param>
    /// <param name="replacement">The replacement in UTF-8.</param>
    public bool TryFind(ReadOnlySpan<byte> utf8, bool longest, out int length, out ReadOnlySpan<byte> replacement)
    {
        length = 0;
        replacement = default;
        uint unit = _units[0];
        uint node = Offset(unit);
        for (int i = 0; i < utf8.Length; i++)
        {
            byte c = utf8[i];
            node ^= c;
            if (c == 0 || node >= _units.Length) break;
            unit = _units[node];
            if ((unit & 0x800000FF) != c) break;
            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 0) continue;
            if (node >= _units.Length) break;
            uint text = _units[node] & 0x7FFFFFFF;
            if (text > _texts.Length) break;
            ReadOnlySpan<byte> rest = _texts.AsSpan((int)text);
            int end = rest.IndexOf((byte)0);
            length = i + 1;
            replacement = end < 0 ? rest : rest[..end];
            if (!longest) return true;
        }

        return length > 0;
    }

    /// <summary>The replacement that a text's shortest entry has, or null.</summary>
    public string? Shortest(ReadOnlySpan<byte> utf8) =>
        TryFind(utf8, longest: false, out _, out ReadOnlySpan<byte> found) ? System.Text.Encoding.UTF8.GetString(found) : null;

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);
}
