using System.Text;

namespace Candor.Tokenizers.SentencePiece;

/// <summary>Reading of UTF-8 the way SentencePiece does: a broken byte stands alone and is one U+FFFD.</summary>
internal static class Utf8
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The string, or null where the bytes are not valid UTF-8.</summary>
    public static string? Decode(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return null;
        return Strict.GetString(bytes);
    }

    /// <summary>Text as UTF-8, lone surrogates as U+FFFD.</summary>
    public static byte[] Encode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[System.Text.Encoding.UTF8.GetByteCount(text)];
        System.Text.Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>How long a character with this first byte claims to be, 1 to 4.</summary>
    public static int ClaimedLength(byte first) => first switch { < 0xC0 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };

    /// <summary>Length of the valid character at the start of the bytes, or 0 where there is none.</summary>
    public static int ValidLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return 0;
        if (bytes[0] < 0x80) return 1;
        return Rune.DecodeFromUtf8(bytes, out _, out int length) == System.Buffers.OperationStatus.Done ? length : 0;
    }

    /// <summary>Whether the bytes may yet grow into one valid character.</summary>
    public static bool IsUnfinished(ReadOnlySpan<byte> bytes) =>
        Rune.DecodeFromUtf8(bytes, out _, out int length) == System.Buffers.OperationStatus.NeedMoreData && length == bytes.Length;

    /// <summary>Whether this byte begins a character (is not a continuation byte).</summary>
    public static bool IsBoundary(byte b) => (b & 0xC0) != 0x80;
}
