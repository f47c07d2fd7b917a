namespace Candor.Inference;

/// <summary>Guesses that what followed the last tokens before follows them again: summaries, code and answers quote what they were given.</summary>
/// <param name="longest">Most last tokens that are looked for.</param>
/// <param name="shortest">Fewest.</param>
internal sealed class PromptLookup(int longest, int shortest) : ISpeculator
{
    public int Guess(IReadOnlyList<int> text, Span<int> guesses)
    {
        for (int length = Math.Min(longest, text.Count - 1); length >= shortest; length--)
        {
            // The latest place counts: what was said last is likelier to be said again.
            for (int begin = text.Count - length - 1; begin >= 0; begin--)
            {
                if (!Same(text, begin, text.Count - length, length)) continue;
                int first = begin + length, count = Math.Min(guesses.Length, text.Count - first);
                for (int i = 0; i < count; i++) guesses[i] = text[first + i];
                return count;
            }
        }

        return 0;
    }

    public void Dispose()
    {
    }

    private static bool Same(IReadOnlyList<int> text, int a, int b, int length)
    {
        for (int i = length; i-- > 0;)
            if (text[a + i] != text[b + i]) return false;
        return true;
    }
}
