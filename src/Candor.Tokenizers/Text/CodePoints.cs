using System.Text;

namespace Candor.Tokenizers.Text;

/// <summary>Between .NET's UTF-16 and lists of code points.</summary>
internal static class CodePoints
{
    /// <summary>The code points of a text; a lone surrogate becomes U+FFFD.</summary>
    public static int[] From(ReadOnlySpan<char> text)
    {
        var points = new int[text.Length];
        int count = Decode(text, points);
        if (count != points.Length) Array.Resize(ref points, count);
        return points;
    }

    /// <summary>Writes the code points of a text and returns how many there are: at most one a UTF-16 unit.</summary>
    public static int Decode(ReadOnlySpan<char> text, Span<int> points)
    {
        int count = 0;
        for (int i = 0; i < text.Length;)
        {
            char c = text[i];
            if (!char.IsSurrogate(c))
            {
                points[count++] = c;
                i++;
                continue;
            }

            Rune.DecodeFromUtf16(text[i..], out Rune rune, out int used);
            points[count++] = rune.Value;
            i += used;
        }

        return count;
    }

    /// <summary>The text of code points.</summary>
    public static string ToText(ReadOnlySpan<int> points)
    {
        int length = points.Length;
        foreach (int c in points)
            if (c > 0xFFFF) length++;
        return string.Create(length, points, static (text, source) =>
        {
            int at = 0;
            foreach (int c in source)
            {
                if (c <= 0xFFFF) text[at++] = (char)c;
                else
                {
                    text[at++] = (char)(0xD7C0 + (c >> 10));
                    text[at++] = (char)(0xDC00 + (c & 0x3FF));
                }
            }
        });
    }

    /// <summary>How many bytes a code point takes in UTF-8.</summary>
    public static int Utf8Length(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

    /// <summary>Writes a code point in UTF-8 and returns the number of bytes.</summary>
    public static int ToUtf8(int codePoint, Span<byte> bytes)
    {
        if (codePoint < 0x80)
        {
            bytes[0] = (byte)codePoint;
            return 1;
        }

        if (codePoint < 0x800)
        {
            bytes[0] = (byte)(0xC0 | codePoint >> 6);
            bytes[1] = (byte)(0x80 | (codePoint & 0x3F));
            return 2;
        }

        if (codePoint < 0x10000)
        {
            bytes[0] = (byte)(0xE0 | codePoint >> 12);
            bytes[1] = (byte)(0x80 | (codePoint >> 6 & 0x3F));
            bytes[2] = (byte)(0x80 | (codePoint & 0x3F));
            return 3;
        }

        bytes[0] = (byte)(0xF0 | codePoint >> 18);
        bytes[1] = (byte)(0x80 | (codePoint >> 12 & 0x3F));
        bytes[2] = (byte)(0x80 | (codePoint >> 6 & 0x3F));
        bytes[3] = (byte)(0x80 | (codePoint & 0x3F));
        return 4;
    }

    /// <summary>Whether a code point is white space (Unicode's White_Space).</summary>
    public static bool IsWhiteSpace(int codePoint) => codePoint <= 0xFFFF && char.IsWhiteSpace((char)codePoint);
}
