using System.Globalization;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Escapes in string literals, as Python's unicode-escape codec reads them.</summary>
internal static class StringLiteral
{
    public static string Unescape(string body, int line)
    {
        if (!body.Contains('\\')) return body;
        var text = new StringBuilder(body.Length);
        for (int i = 0; i < body.Length; i++)
        {
            if (body[i] != '\\')
            {
                text.Append(body[i]);
                continue;
            }

            if (++i >= body.Length) throw Faults.Syntax("\\ at end of string", line);
            char c = body[i];
            switch (c)
            {
                case '\n': break;
                case '\\' or '\'' or '"': text.Append(c); break;
                case 'a': text.Append('\a'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'n': text.Append('\n'); break;
                case 'r': text.Append('\r'); break;
                case 't': text.Append('\t'); break;
                case 'v': text.Append('\v'); break;
                case >= '0' and <= '7': i = Octal(text, body, i); break;
                case 'x': i = Hex(text, body, i, 2, "truncated \\xXX escape", line); break;
                case 'u': i = Hex(text, body, i, 4, "truncated \\uXXXX escape", line); break;
                case 'U': i = Hex(text, body, i, 8, "truncated \\UXXXXXXXX escape", line); break;
                case 'N': throw Faults.Syntax("characters by name are not known here", line);
                case > '\x7f': i = NonAscii(text, body, i); break;
                default: text.Append('\\').Append(c); break;
            }
        }

        return text.ToString();
    }

    private static int Octal(StringBuilder text, string body, int at)
    {
        int value = 0;
        int end = at;
        for (; end < body.Length && end < at + 3 && body[end] is >= '0' and <= '7'; end++) value = (value * 8) + (body[end] - '0');
        text.Append((char)value);
        return end - 1;
    }

    private static int Hex(StringBuilder text, string body, int at, int digits, string problem, int line)
    {
        int begin = at + 1;
        if (begin + digits > body.Length
            || !uint.TryParse(body.AsSpan(begin, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
            throw Faults.Syntax(problem, line);
        if (value > 0x10ffff) throw Faults.Syntax("illegal Unicode character", line);
        if (value is >= 0xd800 and <= 0xdfff || value < 0x10000) text.Append((char)value);
        else text.Append(char.ConvertFromUtf32((int)value));
        return at + digits;
    }

    /// <summary>The codec sees other characters as escapes already, so a backslash in front leaves those as text.</summary>
    private static int NonAscii(StringBuilder text, string body, int at)
    {
        int width = PyText.Width(body, at);
        int code = width == 2 ? char.ConvertToUtf32(body[at], body[at + 1]) : body[at];
        text.Append('\\').Append(code switch
        {
            < 0x100 => $"x{code:x2}",
            < 0x10000 => $"u{code:x4}",
            _ => $"U{code:x8}",
        });
        return at + width - 1;
    }
}
