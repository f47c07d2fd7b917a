namespace Candor.Tokenizers.Decoders;

/// <summary>
/// Streams with any decoder: the latest tokens are decoded with and without the new one, and the difference is shown, unless
/// it ends in an unfinished character. Where a decoder changes text that was shown, only what follows is shown.
/// </summary>
internal sealed class WindowStreamingDecoder(Func<int, string?> spelling, Func<List<string>, string> join) : StreamingDecoder
{
    /// <summary>A character has at most four bytes, so after this many tokens what looks unfinished is broken.</summary>
    private const int MaxHeld = 16;

    private readonly List<string> _tokens = [];
    private string _shown = "";
    private int _shownTokens;

    /// <inheritdoc/>
    public override string Push(int id)
    {
        if (spelling(id) is not { } token) return "";
        if (_shown.Length == 0 && _tokens.Count > 0)
        {
            string before = join([.. _tokens]);
            if (!before.EndsWith('\uFFFD')) (_shown, _shownTokens) = (before, _tokens.Count);
        }

        _tokens.Add(token);
        string text = join([.. _tokens]);
        bool ready = text.Length > _shown.Length && !text.EndsWith('\uFFFD');
        if (!ready && _tokens.Count - _shownTokens < MaxHeld) return "";
        string rest = Rest(text);
        int kept = _tokens.Count - _shownTokens;
        _tokens.RemoveRange(0, _shownTokens);
        (_shown, _shownTokens) = (join([.. _tokens]), kept);
        return rest;
    }

    /// <inheritdoc/>
    public override string Flush()
    {
        string rest = Rest(join([.. _tokens]));
        _tokens.Clear();
        (_shown, _shownTokens) = ("", 0);
        return rest;
    }

    /// <summary>What follows the text that was shown: from where the two part, never inside a character.</summary>
    private string Rest(string text)
    {
        int same = text.AsSpan().CommonPrefixLength(_shown);
        if (same < text.Length && same > 0 && char.IsLowSurrogate(text[same]) && char.IsHighSurrogate(text[same - 1])) same--;
        return text[same..];
    }
}
