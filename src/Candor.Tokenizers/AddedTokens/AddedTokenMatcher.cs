using Candor.Tokenizers.Regex;
using Candor.Tokenizers.Text;

namespace Candor.Tokenizers.AddedTokens;

/// <summary>Finds added tokens in a text: the leftmost, of several the longest. Thread-safe.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly CodePointTrie _trie = new();
    private readonly AddedToken[] _tokens;
    private readonly CodePointSet _first;

    /// <summary>Makes a matcher; of two tokens of one spelling the former counts.</summary>
    public AddedTokenMatcher(IReadOnlyList<(AddedToken Token, int[] Spelling)> tokens)
    {
        _tokens = [.. tokens.Select(t => t.Token)];
        var first = new List<(int, int)>();
        for (int i = 0; i < tokens.Count; i++)
        {
            int[] spelling = tokens[i].Spelling;
            if (spelling.Length == 0) continue;
            _trie.Set(spelling, i, replace: false);
            first.Add((spelling[0], spelling[0]));
        }

        _first = CodePointSet.FromRanges(first);
    }

    /// <summary>Whether it looks for anything.</summary>
    public bool IsEmpty => _first.IsEmpty;

    /// <summary>Cuts a text into sections, some of which are added tokens; together they cover it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="special">Where special tokens count.</param>
    /// <param name="sections">Takes the sections.</param>
    /// <param name="places">Where the text came from, if it is not the text that <paramref name="special"/> speaks of.</param>
    public void Cut(ReadOnlySpan<int> text, SpecialTokenScope special, List<(int Start, int End, AddedToken? Token)> sections, AlignedText? places = null)
    {
        int covered = 0;
        for (int at = 0; at < text.Length;)
        {
            if (!_first.Contains(text[at]) || !TryLongest(text, at, out int length, out int found))
            {
                at++;
                continue;
            }

            (int start, int end) = (at, at + length);
            at = end;
            AddedToken token = _tokens[found];
            if (token.Special && !special.Allows(places?.Begin(start) ?? start, places?.End(end - 1) ?? end)) continue;
            if (token.SingleWord && (IsWord(text, start - 1) || IsWord(text, end))) continue;
            if (token.StripLeft)
                while (start > covered && CodePoints.IsWhiteSpace(text[start - 1])) start--;
            if (token.StripRight)
                while (end < text.Length && CodePoints.IsWhiteSpace(text[end])) end++;
            if (covered < start) sections.Add((covered, start, null));
            sections.Add((Math.Max(start, covered), Math.Max(end, covered), token));
            covered = Math.Max(end, covered);
        }

        if (covered < text.Length) sections.Add((covered, text.Length, null));
    }

    private bool TryLongest(ReadOnlySpan<int> text, int at, out int length, out int found)
    {
        (length, found) = (0, -1);
        int state = 0;
        for (int i = at; i < text.Length; i++)
        {
            state = _trie.Next(state, text[i]);
            if (state < 0) break;
            int value = _trie.Value(state);
            if (value >= 0) (length, found) = (i + 1 - at, value);
        }

        return found >= 0;
    }

    private static bool IsWord(ReadOnlySpan<int> text, int at) =>
        (uint)at < (uint)text.Length && UnicodeProperties.WordWithJoiners.Contains(text[at]);
}
