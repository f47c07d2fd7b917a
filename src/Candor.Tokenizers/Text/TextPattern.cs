using Candor.Tokenizers.Regex;

namespace Candor.Tokenizers.Text;

/// <summary>What a Split or Replace looks for: a fixed string or a regular expression. Thread-safe.</summary>
internal sealed class TextPattern
{
    private readonly int[]? _literal;
    private readonly Pattern? _pattern;

    /// <summary>A fixed string.</summary>
    public TextPattern(string literal) => _literal = CodePoints.From(literal);

    /// <summary>A regular expression.</summary>
    public TextPattern(Pattern pattern) => _pattern = pattern;

    /// <summary>Appends all matches in order; they do not overlap.</summary>
    public void Find(ReadOnlySpan<int> text, List<(int Begin, int End)> matches)
    {
        if (_pattern is not null)
        {
            foreach ((int, int) match in _pattern.Matches(text)) matches.Add(match);
            return;
        }

        if (_literal!.Length == 0) return;
        int at = 0;
        while (true)
        {
            int found = text[at..].IndexOf(_literal);
            if (found < 0) return;
            matches.Add((at + found, at + found + _literal.Length));
            at += found + _literal.Length;
        }
    }
}
