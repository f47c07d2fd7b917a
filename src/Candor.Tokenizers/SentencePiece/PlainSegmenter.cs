namespace Candor.Tokenizers.SentencePiece;

/// <summary>The two simple segmentations: one piece a character, or one piece a word.</summary>
internal static class PlainSegmenter
{
    /// <summary>Every character (or user-defined symbol) is a piece.</summary>
    public static void Characters(SentencePieceModel model, ReadOnlySpan<byte> text, List<Segment> output)
    {
        for (int begin = 0; begin < text.Length;)
        {
            int length = model.Symbols?.LongestPrefix(text[begin..], out _) ?? 0;
            if (length == 0) length = Math.Min(Utf8.ClaimedLength(text[begin]), text.Length - begin);
            Add(model, text, begin, length, output);
            begin += length;
        }
    }

    /// <summary>Every word is a piece; a word begins at each U+2581.</summary>
    public static void Words(SentencePieceModel model, ReadOnlySpan<byte> text, List<Segment> output)
    {
        for (int begin = 0; begin < text.Length;)
        {
            int after = begin + Math.Min(Utf8.ClaimedLength(text[begin]), text.Length - begin);
            int next = text[after..].IndexOf(Normalizer.Space);
            int end = next < 0 ? text.Length : after + next;
            Add(model, text, begin, end - begin, output);
            begin = end;
        }
    }

    private static void Add(SentencePieceModel model, ReadOnlySpan<byte> text, int begin, int length, List<Segment> output)
    {
        output.Add(new Segment(begin, length, model.Find(text.Slice(begin, length))));
    }
}
