namespace Candor.Tokenizers.SentencePiece;

/// <summary>Helps to write one-line messages.</summary>
internal static class Message
{
    /// <summary>A text fit for a message: short, without control characters.</summary>
    public static string Shorten(string text)
    {
        string line = string.Concat(text.Take(40).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return text.Length > 40 ? line + "…" : line;
    }
}
