using System.Runtime.InteropServices;
using System.Text;

namespace Candor.Tokenizers.Training;

/// <summary>
/// How often each word stands in the texts; a word begins with the mark of a space, and each line with one too. Knows which
/// stretches of a word can be pieces.
/// </summary>
internal sealed class UnigramWords
{
    /// <summary>The mark that stands for a space.</summary>
    public const char Space = '\u2581';

    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> characters = new(StringComparer.Ordinal);

    /// <summary>The words, in ordinal order, so that nothing depends on the order of texts.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> All => [.. counts.OrderBy(c => c.Key, StringComparer.Ordinal)];

    /// <summary>Counts the words of a text's lines.</summary>
    public void Add(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string marked = Space + line.TrimEnd('\r').Replace(' ', Space);
            if (marked.Length == 1) continue;
            for (int begin = 0; begin < marked.Length;)
            {
                int end = marked.IndexOf(Space, begin + 1);
                if (end < 0) end = marked.Length;
                CollectionsMarshal.GetValueRefOrAddDefault(counts, marked[begin..end], out _)++;
                begin = end;
            }
        }
    }

    /// <summary>The characters that together make up a share of the text, most frequent first, and the mark of a space.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Characters(double coverage)
    {
        foreach ((string word, long count) in counts)
            foreach (Rune rune in word.EnumerateRunes()) CollectionsMarshal.GetValueRefOrAddDefault(characters, rune.ToString(), out _) += count;
        double total = characters.Values.Sum(), seen = 0;
        return
        [
            .. characters.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).TakeWhile(c =>
            {
                bool wanted = seen < coverage * total || c.Key[0] == Space;
                seen += c.Value;
                return wanted;
            }),
        ];
    }

    /// <summary>Whether a stretch can be a piece: no mark inside, and letters, digits and signs apart.</summary>
    public static bool CanBePiece(ReadOnlySpan<char> text)
    {
        int kind = -1;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == Space)
            {
                if (i > 0) return false;
                continue;
            }

            if (char.IsLowSurrogate(text[i])) continue;
            int now = char.IsDigit(text[i]) ? 1 : char.IsLetter(text[i]) || char.IsHighSurrogate(text[i]) || char.GetUnicodeCategory(text[i]) is System.Globalization.UnicodeCategory.NonSpacingMark ? 2 : 3;
            if (kind >= 0 && now != kind) return false;
            kind = now;
        }

        return true;
    }
}
