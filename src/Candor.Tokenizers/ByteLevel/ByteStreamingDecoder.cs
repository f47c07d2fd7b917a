using System.Text;

namespace Candor.Tokenizers.ByteLevel;

/// <summary>What a token gives to a text.</summary>
internal interface IByteTokens
{
    /// <summary>The bytes of a token; false where it gives none.</summary>
    /// <param name="id">Any id.</param>
    /// <param name="skipSpecial">Whether special tokens give none.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="endsCharacter">Whether a character that is unfinished before this token stays so.</param>
    bool TryGetBytes(int id, bool skipSpecial, out ReadOnlySpan<byte> bytes, out bool endsCharacter);
}

/// <summary>
/// Decodes tokens that are byte strings. While a character is unfinished, it and what its first token brought before it are held
/// back; bytes that can become no character are one U+FFFD for each longest beginning of one (Unicode 16, 3.9).
/// </summary>
internal sealed class ByteStreamingDecoder(IByteTokens tokens, bool skipSpecial) : StreamingDecoder
{
    private readonly Decoder utf8 = System.Text.Encoding.UTF8.GetDecoder();
    private string held = "";

    /// <inheritdoc/>
    public override string Push(int id)
    {
        bool gives = tokens.TryGetBytes(id, skipSpecial, out ReadOnlySpan<byte> bytes, out bool endsCharacter);
        string before = endsCharacter ? Flush() : "";
        if (!gives) return before;
        held += Convert(bytes, flush: false);
        return utf8.GetCharCount([], flush: true) > 0 ? before : before + Release();
    }

    /// <inheritdoc/>
    public override string Flush()
    {
        held += Convert([], flush: true);
        return Release();
    }

    /// <summary>Decodes a whole list.</summary>
    public static string DecodeAll(IByteTokens tokens, ReadOnlySpan<int> ids, bool skipSpecial)
    {
        var decoder = new ByteStreamingDecoder(tokens, skipSpecial);
        var text = new StringBuilder();
        foreach (int id in ids) text.Append(decoder.Push(id));
        return text.Append(decoder.Flush()).ToString();
    }

    private string Release()
    {
        string text = held;
        held = "";
        return text;
    }

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        int most = utf8.GetCharCount(bytes, flush);
        if (most == 0)
        {
            utf8.GetChars(bytes, [], flush);
            return "";
        }

        char[] chars = new char[most];
        return new string(chars, 0, utf8.GetChars(bytes, chars, flush));
    }
}
