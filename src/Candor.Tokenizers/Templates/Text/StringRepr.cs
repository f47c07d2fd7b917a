using System.Buffers;
using System.Globalization;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Python's <c>repr</c> of a text: quoted, with escapes for what cannot be printed.</summary>
internal static class StringRepr
{
    // Printable ASCII without the backslash and the quotation mark around the text.
    private static readonly SearchValues<char> PlainInSingle = SearchValues.Create(string.Concat(Enumerable.Range(' ', '\x7f' - ' ').Select(c => (char)c).Where(c => c is not ('\\' or '\''))));
    private static readonly SearchValues<char> PlainInDouble = SearchValues.Create(string.Concat(Enumerable.Range(' ', '\x7f' - ' ').Select(c => (char)c).Where(c => c is not ('\\' or '"'))));

    public static string Of(string text)
    {
        var quoted = new StringBuilder(text.Length + 2);
        Append(quoted, text);
        return quoted.ToString();
    }

    public static void Write(ReprWriter writer, string text) => writer.Append(Of(text));

    private static void Append(StringBuilder quoted, string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        quoted.Append(quote);
        for (int i = 0; i < text.Length;)
        {
            int plain = text.AsSpan(i).IndexOfAnyExcept(quote == '"' ? PlainInDouble : PlainInSingle);
            if (plain < 0) plain = text.Length - i;
            quoted.Append(text, i, plain);
            i += plain;
            if (i == text.Length) break;
            if (!Rune.TryGetRuneAt(text, i, out Rune r))
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
                i++;
                continue;
            }

            i += r.Utf16SequenceLength;
            switch (r.Value)
            {
                case '\n': quoted.Append("\\n"); break;
                case '\r': quoted.Append("\\r"); break;
                case '\t': quoted.Append("\\t"); break;
                case '\\': quoted.Append("\\\\"); break;
                case int c when c == quote: quoted.Append('\\').Append(quote); break;
                case int c when !CharClass.IsPrintable(r): Escape(quoted, c); break;
                default: quoted.Append(text, i - r.Utf16SequenceLength, r.Utf16SequenceLength); break;
            }
        }

        quoted.Append(quote);
    }

    private static void Escape(StringBuilder quoted, int c)
    {
        if (c < 0x100) quoted.Append(CultureInfo.InvariantCulture, $"\\x{c:x2}");
        else if (c < 0x10000) quoted.Append(CultureInfo.InvariantCulture, $"\\u{c:x4}");
        else quoted.Append(CultureInfo.InvariantCulture, $"\\U{c:x8}");
    }
}
