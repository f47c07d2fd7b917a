namespace Candor.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's normalization: replacement rules, white space, the dummy prefix. User-defined symbols pass through unchanged.
/// </summary>
internal sealed class Normalizer(NormalizerSettings settings, PieceTrie? symbols)
{
    /// <summary>U+2581 in UTF-8, which stands for a space.</summary>
    public static ReadOnlySpan<byte> Space => "▁"u8;

    /// <summary>Normalizes a text.</summary>
    /// <param name="input">UTF-8; a broken byte becomes U+FFFD.</param>
    /// <param name="prefix">False: leave out the dummy prefix even where the settings ask for it.</param>
    public NormalizedText Normalize(ReadOnlySpan<byte> input, bool prefix = true)
    {
        var text = new NormalizedText(input.Length + (input.Length >> 1) + 8);
        bool trim = settings.RemoveExtraWhitespaces;
        bool dummy = settings.AddDummyPrefix && prefix;
        int consumed = 0;
        while (trim && consumed < input.Length)
        {
            int length = Prefix(input[consumed..], out ReadOnlySpan<byte> piece);
            if (!piece.SequenceEqual(" "u8)) break;
            consumed += length;
        }

        if (consumed == input.Length) return text;
        if (dummy && !settings.WhitespaceAsSuffix) AppendSpace(text, consumed);

        bool afterSpace = trim;
        while (consumed < input.Length)
        {
            int length = Prefix(input[consumed..], out ReadOnlySpan<byte> piece);
            while (afterSpace && piece.Length > 0 && piece[0] == ' ') piece = piece[1..];
            foreach (byte b in piece)
            {
                if (b == ' ') AppendSpace(text, consumed);
                else text.Append(b, consumed);
            }

            if (piece.Length > 0) afterSpace = piece[^1] == ' ';
            if (!trim) afterSpace = false;
            consumed += length;
        }

        if (trim)
        {
            ReadOnlySpan<byte> space = settings.EscapeWhitespaces ? Space : " "u8;
            while (text.Bytes.EndsWith(space))
            {
                consumed = text.Origins[text.Length - space.Length];
                text.Truncate(text.Length - space.Length);
            }
        }

        if (dummy && settings.WhitespaceAsSuffix) AppendSpace(text, consumed);
        text.End(consumed);
        return text;
    }

    private void AppendSpace(NormalizedText text, int origin) => text.Append(settings.EscapeWhitespaces ? Space : " "u8, origin);

    /// <summary>What the start of the input becomes, and how many bytes of it that is.</summary>
    private int Prefix(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> piece)
    {
        int length;
        if (symbols is not null && (length = symbols.LongestPrefix(input, out _)) > 0)
        {
            piece = input[..length];
            return length;
        }

        if (settings.Map is not null && (length = settings.Map.Match(input, out piece)) > 0) return length;
        length = Utf8.ValidLength(input);
        if (length == 0)
        {
            piece = "\uFFFD"u8;
            return 1;
        }

        piece = input[..length];
        return length;
    }
}
