using System.Text;

namespace Candor.Tokenizers.Models.Bpe;

/// <summary>Ids of the tokens that are one character between a given prefix and suffix. Thread-safe.</summary>
internal sealed class CharacterTable
{
    private const int Direct = 0x200;

    private readonly int[] _direct = new int[Direct];
    private readonly Dictionary<int, int> _others = [];

    /// <summary>Collects them from a vocabulary.</summary>
    public CharacterTable(Vocabulary vocabulary, string prefix, string suffix)
    {
        Array.Fill(_direct, -1);
        foreach ((string token, int id) in vocabulary.Ids)
        {
            int length = token.Length - prefix.Length - suffix.Length;
            if (length is not (1 or 2) || !token.StartsWith(prefix, StringComparison.Ordinal) || !token.EndsWith(suffix, StringComparison.Ordinal)) continue;
            if (Rune.DecodeFromUtf16(token.AsSpan(prefix.Length, length), out Rune rune, out int used) != System.Buffers.OperationStatus.Done || used != length) continue;
            if (rune.Value < Direct) _direct[rune.Value] = id;
            else _others[rune.Value] = id;
        }
    }

    /// <summary>The id of a character's token, or -1.</summary>
    public int Find(int codePoint) => codePoint < Direct ? _direct[codePoint] : _others.GetValueOrDefault(codePoint, -1);
}
