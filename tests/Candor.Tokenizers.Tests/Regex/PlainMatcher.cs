using Candor.Tokenizers.Regex;

namespace Candor.Tokenizers.Tests.Regex;

/// <summary>Matches by trying everything in the order of priority, as the textbooks say it: slow, and simple enough to be believed.</summary>
internal sealed class PlainMatcher(int[] text)
{
    private const int MostSteps = 2_000_000;

    private int steps;

    /// <summary>All matches, or null where that takes too many steps.</summary>
    public List<(int, int)>? Matches(PatternNode pattern)
    {
        var found = new List<(int, int)>();
        int at = 0;
        try
        {
            while (at <= text.Length)
            {
                int end = -1;
                if (!Match(pattern, at, e => (end = e) >= 0))
                {
                    at++;
                    continue;
                }

                // No empty match right behind another match.
                if (end > at || found.Count == 0 || found[^1].Item2 != at) found.Add((at, end));
                at = end > at ? end : at + 1;
            }
        }
        catch (TimeoutException)
        {
            return null;
        }

        return found;
    }

    private bool Match(PatternNode node, int at, Func<int, bool> next)
    {
        if (++steps > MostSteps) throw new TimeoutException();
        switch (node)
        {
            case PatternNode.One one: return at < text.Length && one.Set.Contains(text[at]) && next(at + 1);
            case PatternNode.Sequence s: return Sequence(s.Parts, 0, at, next);
            case PatternNode.Alternation a: return a.Branches.Any(b => Match(b, at, next));
            case PatternNode.Repeat { Mode: RepeatMode.Possessive } r: return Atomic(new PatternNode.Repeat(r.Body, r.Min, r.Max, RepeatMode.Greedy), at, next);
            case PatternNode.Repeat r: return Repeat(r, 0, at, next);
            case PatternNode.Atomic a: return Atomic(a.Body, at, next);
            case PatternNode.Look { Behind: false } l: return Match(l.Body, at, _ => true) != l.Negative && next(at);
            case PatternNode.Look l: return Enumerable.Range(0, at + 1).Any(from => Match(l.Body, from, e => e == at)) != l.Negative && next(at);
            case PatternNode.Anchor a: return Holds(a.Kind, at) && next(at);
            default: throw new InvalidOperationException(node.ToString());
        }
    }

    private bool Sequence(IReadOnlyList<PatternNode> parts, int from, int at, Func<int, bool> next) =>
        from == parts.Count ? next(at) : Match(parts[from], at, e => Sequence(parts, from + 1, e, next));

    private bool Atomic(PatternNode body, int at, Func<int, bool> next)
    {
        int end = -1;
        return Match(body, at, e => (end = e) >= 0) && next(end);
    }

    private bool Repeat(PatternNode.Repeat r, int count, int at, Func<int, bool> next)
    {
        bool More() => (r.Max < 0 || count < r.Max) && Match(r.Body, at, e => e > at || count < r.Min ? Repeat(r, count + 1, e, next) : next(e));
        if (count < r.Min) return More();
        return r.Mode == RepeatMode.Lazy ? next(at) || More() : More() || next(at);
    }

    private bool Holds(AnchorKind kind, int at) => kind switch
    {
        AnchorKind.TextStart => at == 0,
        AnchorKind.LineStart => at == 0 || text[at - 1] == '\n',
        AnchorKind.LineEnd => at == text.Length || text[at] == '\n',
        AnchorKind.WordBorder => Word(at - 1) != Word(at),
        AnchorKind.NoWordBorder => Word(at - 1) == Word(at),
        AnchorKind.TextEnd => at == text.Length,
        _ => throw new NotSupportedException(kind.ToString()),
    };

    private bool Word(int at) => (uint)at < (uint)text.Length && char.IsLetterOrDigit((char)text[at]);
}
