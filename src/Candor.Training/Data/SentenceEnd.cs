namespace Candor.Training;

/// <summary>Where sentences end.</summary>
public static class SentenceEnd
{
    private const string Ends = ".!?。！？…", Closing = "\"'”’»)]";

    /// <summary>A text up to the end of its last whole sentence, marks that close a quotation included; empty where it has none.</summary>
    public static string Trim(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int end = text.Length; end > 0; end--)
        {
            int mark = end - 1;
            while (mark >= 0 && Closing.Contains(text[mark], StringComparison.Ordinal)) mark--;
            // A point inside a number or a name ends nothing.
            if (mark >= 0 && Ends.Contains(text[mark], StringComparison.Ordinal) && (end == text.Length || char.IsWhiteSpace(text[end]))) return text[..end];
        }

        return "";
    }
}
