using System.Collections.Concurrent;

namespace Candor.Tokenizers.Regex;

/// <summary>
/// A compiled pattern over Unicode code points. Thread-safe. Time is bounded by the size of the pattern times the length of
/// the text, whatever either holds: a matcher remembers from where a choice has failed. Groups do not capture.
/// </summary>
internal sealed class Pattern
{
    private readonly ConcurrentBag<PatternMatcher> _matchers = [];
    private readonly PatternNode _node;

    private Pattern(string text, PatternDialect dialect)
    {
        Text = text;
        Dialect = dialect;
        _node = PatternParser.Parse(text, dialect);
        var compiler = new PatternCompiler();
        Program = compiler.Compile(_node);
        (Loops, States, Subs) = (compiler.Loops, compiler.States, compiler.Subs);
        First = _node.IsNullable ? null : _node.First;
    }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>How it was read.</summary>
    public PatternDialect Dialect { get; }

    internal PatternProgram Program { get; }

    internal int Loops { get; }

    internal int States { get; }

    internal int Subs { get; }

    /// <summary>The characters that a match begins with; null where a match may be empty.</summary>
    internal CodePointSet? First { get; }

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="PatternSyntaxException">It is malformed, too large, or uses what is not offered.</exception>
    public static Pattern Compile(string text, PatternDialect dialect = PatternDialect.Oniguruma) => new(text, dialect);

    /// <summary>
    /// All matches from left to right, as <c>foreach ((int begin, int end) in pattern.Matches(text))</c>. An empty match
    /// right behind another match does not count.
    /// </summary>
    public MatchEnumerator Matches(ReadOnlySpan<int> text) => new(this, text);

    /// <summary>Finds the first match at or after a position.</summary>
    public bool Find(ReadOnlySpan<int> text, int from, out int begin, out int end)
    {
        PatternMatcher matcher = Rent(text.Length);
        bool found = matcher.Find(text, from, out begin, out end);
        Return(matcher);
        return found;
    }

    internal PatternMatcher Rent(int length)
    {
        if (!_matchers.TryTake(out PatternMatcher? matcher)) matcher = new PatternMatcher(this);
        matcher.Reset(length);
        return matcher;
    }

    internal void Return(PatternMatcher matcher)
    {
        if (matcher.IsSmall && _matchers.Count < 8) _matchers.Add(matcher);
    }

    /// <summary>Walks over all matches in one text.</summary>
    public ref struct MatchEnumerator
    {
        private readonly Pattern _pattern;
        private readonly ReadOnlySpan<int> _text;
        private PatternMatcher? _matcher;
        private int _from;
        private int _lastEnd;

        internal MatchEnumerator(Pattern pattern, ReadOnlySpan<int> text)
        {
            _pattern = pattern;
            _text = text;
            _lastEnd = -1;
            _matcher = pattern.Rent(text.Length);
        }

        /// <summary>The match at hand: where it begins and where the text after it begins.</summary>
        public (int Begin, int End) Current { get; private set; }

        /// <summary>Itself.</summary>
        public readonly MatchEnumerator GetEnumerator() => this;

        /// <summary>Goes to the next match.</summary>
        public bool MoveNext()
        {
            while (_matcher is not null && _from <= _text.Length && _matcher.Find(_text, _from, out int begin, out int end))
            {
                _from = end > begin ? end : end + 1;
                if (begin == end && end == _lastEnd) continue;
                _lastEnd = end;
                Current = (begin, end);
                return true;
            }

            Dispose();
            return false;
        }

        /// <summary>Gives back what matching needed.</summary>
        public void Dispose()
        {
            if (_matcher is { } matcher) _pattern.Return(matcher);
            _matcher = null;
        }
    }
}
