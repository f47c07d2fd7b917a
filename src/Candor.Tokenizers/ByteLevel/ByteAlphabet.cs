namespace Candor.Tokenizers.ByteLevel;

/// <summary>
/// GPT-2's alphabet, in which every byte is written as one visible character: bytes that are visible in Latin-1 as themselves,
/// the others, in order, as U+0100 and on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Chars = MakeChars();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The character that stands for a byte.</summary>
    public static char ToChar(byte value) => Chars[value];

    /// <summary>The bytes that a token is written for; null where a character is not of the alphabet.</summary>
    public static byte[]? ToBytes(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (token[i] >= Bytes.Length || Bytes[token[i]] < 0) return null;
            bytes[i] = (byte)Bytes[token[i]];
        }

        return bytes;
    }

    private static char[] MakeChars()
    {
        char[] chars = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++) chars[b] = b is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)b : (char)next++;
        return chars;
    }

    private static short[] MakeBytes()
    {
        short[] bytes = new short[512];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < 256; b++) bytes[Chars[b]] = (short)b;
        return bytes;
    }
}
