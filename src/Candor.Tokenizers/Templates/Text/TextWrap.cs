using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>textwrap.wrap</c>, without expanding tabs or replacing white space.</summary>
internal static class TextWrap
{
    public static List<string> Wrap(RenderRun run, string text, int width, bool breakLong, bool onHyphens)
    {
        if (width <= 0) throw Faults.Value($"invalid width {width} (must be > 0)");
        List<string> chunks = onHyphens ? Chunks(text) : Words(text);
        chunks.Reverse();
        var lines = new List<string>();
        while (chunks.Count > 0)
        {
            var line = new List<string>();
            int length = 0;
            if (lines.Count > 0 && IsBlank(chunks[^1])) chunks.RemoveAt(chunks.Count - 1);
            while (chunks.Count > 0 && length + PyText.CodePoints(chunks[^1]) <= width)
            {
                run.Step();
                length += PyText.CodePoints(chunks[^1]);
                line.Add(chunks[^1]);
                chunks.RemoveAt(chunks.Count - 1);
            }

            if (chunks.Count > 0 && PyText.CodePoints(chunks[^1]) > width) LongWord(run, chunks, line, width - length, breakLong, onHyphens);
            if (line.Count > 0 && IsBlank(line[^1])) line.RemoveAt(line.Count - 1);
            if (line.Count > 0) lines.Add(string.Concat(line));
        }

        run.Allocate(lines.Count * 4L);
        return lines;
    }

    private static void LongWord(RenderRun run, List<string> chunks, List<string> line, int room, bool breakLong, bool onHyphens)
    {
        string chunk = chunks[^1];
        run.Allocate(chunk.Length);
        if (!breakLong)
        {
            if (line.Count > 0) return;
            line.Add(chunk);
            chunks.RemoveAt(chunks.Count - 1);
            return;
        }

        int end = PyText.Offset(chunk, Math.Min(room, PyText.CodePoints(chunk)));
        if (onHyphens && end < chunk.Length && end > 0)
        {
            int hyphen = chunk.LastIndexOf('-', end - 1);
            if (hyphen > 0 && chunk.AsSpan(0, hyphen).IndexOfAnyExcept('-') >= 0) end = hyphen + 1;
        }

        line.Add(chunk[..end]);
        chunks[^1] = chunk[end..];
    }

    private static bool IsBlank(string chunk) => chunk.All(CharClass.IsSpace);

    private static bool IsWrapSpace(char c) => c is '\t' or '\n' or '\v' or '\f' or '\r' or ' ';

    /// <summary>Words and the white space between them.</summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            int begin = at;
            bool space = IsWrapSpace(text[at]);
            while (at < text.Length && IsWrapSpace(text[at]) == space) at++;
            words.Add(text[begin..at]);
        }

        return words;
    }

    /// <summary>The same with words cut after hyphens and around dashes.</summary>
    private static List<string> Chunks(string text)
    {
        var chunks = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            int begin = at;
            if (IsWrapSpace(text[at])) while (at < text.Length && IsWrapSpace(text[at])) at++;
            else if (DashEnd(text, at) is { } dash) at = dash;
            else at = WordEnd(text, at);
            chunks.Add(text[begin..at]);
        }

        return chunks;
    }

    private static int WordEnd(string text, int begin)
    {
        int at = begin + 1;
        while (at < text.Length && !IsWrapSpace(text[at]) && !AfterHyphen(text, at) && DashEnd(text, at) is null) at++;
        return at;
    }

    /// <summary>Where a dash between words ends, if one begins here.</summary>
    private static int? DashEnd(string text, int at)
    {
        if (at == 0 || at + 1 >= text.Length || text[at] != '-' || text[at + 1] != '-') return null;
        if (!IsWord(text, at - 1) && !"!\"'&.,?".Contains(text[at - 1])) return null;
        int end = at;
        while (end < text.Length && text[end] == '-') end++;
        return end < text.Length && IsWord(text, end) ? end : null;
    }

    /// <summary>Whether a word may be cut here: after a hyphen between letters.</summary>
    private static bool AfterHyphen(string text, int at)
    {
        if (at < 3 || text[at - 1] != '-' || !IsLetter(text, at - 2)) return false;
        if (!IsLetter(text, at - 3) && !(at >= 4 && text[at - 3] == '-' && IsLetter(text, at - 4))) return false;
        if (!IsLetter(text, at)) return false;
        return IsLetter(text, at + 1) || (at + 2 < text.Length && text[at + 1] == '-' && IsLetter(text, at + 2));
    }

    private static bool IsWord(string text, int at) => Rune.TryGetRuneAt(text, at, out Rune r) && CharClass.IsWord(r);

    private static bool IsLetter(string text, int at) =>
        at < text.Length && Rune.TryGetRuneAt(text, at, out Rune r) && CharClass.IsWord(r) && !CharClass.IsDecimal(r);
}
