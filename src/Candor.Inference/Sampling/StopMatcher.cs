namespace Candor.Inference.Sampling;

/// <summary>
/// Looks for stop strings in a text that comes piece by piece, wherever the pieces are cut. Text that may still become a stop
/// string is held back and let go as soon as it can no longer be one. The stop string that is complete first wins, of several
/// that end at the same place the longest; it and what follows it are dropped. One pass (Aho and Corasick, CACM 18(6), 1975):
/// the time is linear in the text, whatever the strings. Not thread-safe.
/// </summary>
public sealed class StopMatcher
{
    /// <summary>The most stop strings.</summary>
    public const int MostStrings = 64;

    /// <summary>The longest stop string, in UTF-16 units.</summary>
    public const int LongestString = 1024;

    private readonly StopAutomaton _automaton;
    private readonly char[] _held;
    private int _state, _heldLength;

    /// <summary>Prepares to look for strings.</summary>
    /// <param name="stops">None (then every text passes at once) to 64 strings of 1 to 1,024 UTF-16 units, without lone surrogates.</param>
    /// <exception cref="SamplingOptionException">A string is empty or too long, there are too many, or one is not proper Unicode.</exception>
    public StopMatcher(params IReadOnlyList<string> stops)
    {
        Check(stops);
        _automaton = new StopAutomaton(stops);
        _held = new char[stops.Count == 0 ? 0 : stops.Max(s => s.Length)];
    }

    /// <summary>Whether a stop string was found; what is appended from then on is dropped.</summary>
    public bool IsStopped => Matched is not null;

    /// <summary>The stop string found, or null.</summary>
    public string? Matched { get; private set; }

    /// <summary>How many UTF-16 units are held back.</summary>
    public int HeldLength => _heldLength;

    /// <summary>Takes the next piece and returns the text that may now be shown, possibly empty.</summary>
    /// <param name="piece">Any text; a surrogate pair must not be cut in two.</param>
    public string Append(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        return _automaton.IsEmpty ? piece : Append(piece.AsSpan());
    }

    /// <inheritdoc cref="Append(string)"/>
    public string Append(ReadOnlySpan<char> piece)
    {
        if (IsStopped) return "";
        int read = 0;
        while (read < piece.Length)
        {
            _state = _automaton.Next(_state, piece[read++]);
            Matched = _automaton.Match(_state);
            if (Matched is not null) break;
        }

        // The automaton's depth is the length of the longest end of the text that begins a stop string; after a match the
        // whole of the matched string goes.
        int back = Matched?.Length ?? _automaton.Depth(_state);
        int total = _heldLength + read;
        int shown = total - back;
        ReadOnlySpan<char> held = _held.AsSpan(0, _heldLength), taken = piece[..read];
        string text = shown <= held.Length ? held[..shown].ToString() : string.Concat(held, taken[..(shown - held.Length)]);

        if (IsStopped)
        {
            _heldLength = 0;
            return text;
        }

        if (back <= read)
        {
            taken[(read - back)..].CopyTo(_held);
        }
        else
        {
            int old = back - read;
            held[^old..].CopyTo(_held);
            taken.CopyTo(_held.AsSpan(old));
        }

        _heldLength = back;
        return text;
    }

    /// <summary>The generation ended otherwise: returns what was held back, which did not become a stop string.</summary>
    public string Finish()
    {
        string text = IsStopped ? "" : _held.AsSpan(0, _heldLength).ToString();
        _heldLength = 0;
        _state = 0;
        return text;
    }

    /// <summary>Begins a new text.</summary>
    public void Reset()
    {
        Matched = null;
        _heldLength = 0;
        _state = 0;
    }

    internal static void Check(IReadOnlyList<string> stops)
    {
        if (stops is null) throw new SamplingOptionException("Stop", "the list of stop strings is null, expected a list, which may be empty");
        if (stops.Count > MostStrings) throw new SamplingOptionException("Stop", $"there are {stops.Count} stop strings, expected at most {MostStrings}");
        for (int i = 0; i < stops.Count; i++)
        {
            if (string.IsNullOrEmpty(stops[i])) throw new SamplingOptionException("Stop", $"stop string {i} is empty, expected at least one character");
            if (stops[i].Length > LongestString) throw new SamplingOptionException("Stop", $"stop string {i} has {stops[i].Length} characters, expected at most {LongestString}");
            if (!IsWellFormed(stops[i])) throw new SamplingOptionException("Stop", $"stop string {i} has a lone surrogate, expected proper Unicode");
        }
    }

    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }
}
