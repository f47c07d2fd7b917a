namespace Candor.Inference.Sampling;

/// <summary>
/// "Don't repeat yourself" (P. E. Weidmann, text-generation-webui, 2024): with m the length of the longest suffix of the
/// window that also stands right before an earlier occurrence of token t, and m at least <c>allowed</c>, t loses
/// multiplier * base^(m - allowed). No match reaches back over a breaker, and breakers are never penalised.
/// </summary>
internal sealed class Dry(IEnumerable<int> breakers)
{
    private readonly HashSet<int> _breakers = [.. breakers];
    private readonly TokenTable _longest = new();
    private int[] _matches = [];

    public void Apply(Candidates candidates, ReadOnlySpan<int> window, double multiplier, double growth, int allowed)
    {
        int n = window.Length;
        if (n <= allowed) return;
        int limit = 0;
        while (limit < n && !_breakers.Contains(window[n - 1 - limit])) limit++;
        if (limit < allowed) return;

        MatchSuffixes(window, limit);
        _longest.Reset(n);
        for (int back = 1; back < n; back++)
        {
            int match = _matches[back];
            if (match < allowed) continue;
            ref int longest = ref _longest[window[n - back]];
            longest = Math.Max(longest, match);
        }

        for (int slot = 0; _longest.Next(ref slot, out int token, out int match);)
        {
            int at = candidates.IndexOf(token);
            if (at >= 0 && !_breakers.Contains(token)) candidates.Logits[at] -= multiplier * PortableMath.Power(growth, match - allowed);
        }
    }

    /// <summary>
    /// For each way back: how many tokens before that place equal the window's last ones, at most <paramref name="limit"/>.
    /// This is the Z-function (Main and Lorentz 1984) of the window read backwards: linear in its length.
    /// </summary>
    private void MatchSuffixes(ReadOnlySpan<int> window, int limit)
    {
        int n = window.Length;
        if (_matches.Length < n) _matches = new int[Math.Max(n, 2 * _matches.Length)];
        for (int back = 1, left = 0, right = 0; back < n; back++)
        {
            int match = back < right ? Math.Min(right - back, _matches[back - left]) : 0;
            while (match < limit && back + match < n && window[n - 1 - match] == window[n - 1 - back - match]) match++;
            if (back + match > right) (left, right) = (back, back + match);
            _matches[back] = match;
        }
    }
}
