namespace Candor.Inference.Sampling;

/// <summary>
/// The automaton of Aho and Corasick over a set of strings: a state stands for the longest end of the text read so far that
/// begins one of them. State 0 is the empty one.
/// </summary>
internal sealed class StopAutomaton
{
    private readonly Dictionary<(int State, char Letter), int> _edges = [];
    private readonly List<int> _depths = [0], _fallbacks = [0];
    private readonly List<string?> _matches = [null];

    public StopAutomaton(IReadOnlyList<string> strings)
    {
        foreach (string s in strings) Insert(s);
        Link();
    }

    public bool IsEmpty => _depths.Count == 1;

    /// <summary>How many of the last units the state stands for.</summary>
    public int Depth(int state) => _depths[state];

    /// <summary>The longest of the strings that ends here, or null.</summary>
    public string? Match(int state) => _matches[state];

    public int Next(int state, char letter)
    {
        while (true)
        {
            if (_edges.TryGetValue((state, letter), out int next)) return next;
            if (state == 0) return 0;
            state = _fallbacks[state];
        }
    }

    private void Insert(string s)
    {
        int state = 0;
        foreach (char letter in s)
        {
            if (!_edges.TryGetValue((state, letter), out int next))
            {
                next = _depths.Count;
                _edges.Add((state, letter), next);
                _depths.Add(_depths[state] + 1);
                _fallbacks.Add(0);
                _matches.Add(null);
            }

            state = next;
        }

        _matches[state] = s;
    }

    // Shallow states first: a state's fallback is found through those of its parent.
    private void Link()
    {
        foreach (((int parent, char letter), int state) in _edges.OrderBy(e => _depths[e.Value]))
        {
            if (parent != 0) _fallbacks[state] = Next(_fallbacks[parent], letter);
            _matches[state] ??= _matches[_fallbacks[state]];
        }
    }
}
