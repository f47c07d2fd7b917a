namespace Candor.Formats;

/// <summary>
/// Python writes NaN, Infinity and -Infinity into JSON without quotes. This makes JSON of such text: each becomes the
/// object <c>{"__float__":"NaN"}</c>, the spelling that transformers uses for the same numbers.
/// </summary>
internal static class NonFiniteJson
{
    /// <summary>The key of the object that stands for a number that JSON does not have.</summary>
    public const string Key = "__float__";

    /// <summary>The text with every such number outside strings replaced; the same memory where there is none.</summary>
    public static ReadOnlyMemory<byte> Replace(ReadOnlyMemory<byte> text)
    {
        ReadOnlySpan<byte> from = text.Span;
        MemoryStream? to = null;
        int copied = 0;
        for (int i = 0; i < from.Length; i++)
        {
            if (from[i] == (byte)'"')
            {
                i = EndOfString(from, i);
                continue;
            }

            ReadOnlySpan<byte> word = Word(from[i..]);
            if (word.IsEmpty) continue;
            to ??= new MemoryStream(from.Length + 64);
            to.Write(from[copied..i]);
            to.Write("{\"__float__\":\""u8);
            to.Write(word);
            to.Write("\"}"u8);
            copied = i + word.Length;
            i = copied - 1;
        }

        if (to is null) return text;
        to.Write(from[copied..]);
        return to.GetBuffer().AsMemory(0, (int)to.Length);
    }

    /// <summary>The number of a word as Python or transformers writes it.</summary>
    public static bool TryParse(string? word, out double value)
    {
        value = word switch
        {
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return word is "NaN" or "Infinity" or "-Infinity";
    }

    private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> word = text[0] switch
        {
            (byte)'N' => "NaN"u8,
            (byte)'I' => "Infinity"u8,
            (byte)'-' => "-Infinity"u8,
            _ => default,
        };
        return text.StartsWith(word) && (text.Length == word.Length || !IsWordByte(text[word.Length])) ? word : default;
    }

    private static bool IsWordByte(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'.';

    private static int EndOfString(ReadOnlySpan<byte> text, int quote)
    {
        for (int i = quote + 1; i < text.Length; i++)
        {
            if (text[i] == (byte)'\\') i++;
            else if (text[i] == (byte)'"') return i;
        }

        return text.Length;
    }
}
