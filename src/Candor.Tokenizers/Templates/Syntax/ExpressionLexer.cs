using System.Globalization;
using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>Cuts the inside of <c>{{ }}</c> and <c>{% %}</c> into tokens.</summary>
internal sealed class ExpressionLexer(Lexer lexer)
{
    private const string TwoCharacterOperators = "** // == != >= <=";
    private const string Operators = "+-/*%~[](){}><=.:|,;";

    private readonly string source = lexer.Source;
    private readonly Stack<char> open = [];

    /// <summary>Reads up to and with the end of the tag.</summary>
    public void Read(bool isVariable)
    {
        int at = lexer.Position;
        while (true)
        {
            if (open.Count == 0 && End(at, isVariable) is { } end)
            {
                lexer.Add(isVariable ? TokenKind.VariableEnd : TokenKind.BlockEnd, "", at);
                lexer.Position = end;
                return;
            }

            // Like Jinja, an unclosed tag is noticed by the parser.
            if (at >= source.Length)
            {
                lexer.Position = at;
                return;
            }

            at = CharClass.IsSpace(source[at]) ? lexer.SkipSpace(at) : Token(at);
        }
    }

    private int? End(int at, bool isVariable)
    {
        if (!isVariable) return lexer.EndOf(at, '%');
        ReadOnlySpan<char> rest = source.AsSpan(at);
        if (rest.StartsWith("-}}")) return lexer.SkipSpace(at + 3);
        return rest.StartsWith("}}") ? at + 2 : null;
    }

    private int Token(int at)
    {
        char c = source[at];
        if (char.IsAsciiDigit(c)) return Number(at);
        if (Rune.TryGetRuneAt(source, at, out Rune rune) && IsNamePart(rune)) return Name(at);
        if (c is '"' or '\'') return String(at);
        return Operator(at);
    }

    private int Number(int at)
    {
        if (at == 0 || source[at - 1] != '.')
        {
            int end = FloatEnd(at);
            if (end > 0)
            {
                string digits = source[at..end].Replace("_", "", StringComparison.Ordinal);
                lexer.Add(TokenKind.Float, source[at..end], at, TemplateValue.From(double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture)));
                return end;
            }
        }

        int stop = IntegerEnd(at);
        string text = source[at..stop];
        IntegerValue value = Integers.Parse(text, 0) ?? throw Faults.Syntax($"'{text}' is not a number", lexer.LineAt(at));
        lexer.Add(TokenKind.Integer, text, at, value);
        return stop;
    }

    /// <summary>The end of a number with a point or an exponent, or 0.</summary>
    private int FloatEnd(int at)
    {
        int i = Digits(at);
        bool isFloat = false;
        if (i < source.Length && source[i] == '.' && Digits(i + 1) is var fraction && fraction > i + 1)
        {
            i = fraction;
            isFloat = true;
        }

        if (i < source.Length && source[i] is 'e' or 'E')
        {
            int digits = i + 1 < source.Length && source[i + 1] is '+' or '-' ? i + 2 : i + 1;
            if (Digits(digits) is var exponent && exponent > digits)
            {
                i = exponent;
                isFloat = true;
            }
        }

        return isFloat ? i : 0;
    }

    /// <summary>The end of digits with single underscores between them.</summary>
    private int Digits(int at)
    {
        int i = at;
        while (i < source.Length && (char.IsAsciiDigit(source[i]) || (source[i] == '_' && i > at && i + 1 < source.Length && char.IsAsciiDigit(source[i + 1]) && source[i - 1] != '_'))) i++;
        return i;
    }

    private int IntegerEnd(int at)
    {
        if (source[at] == '0' && at + 1 < source.Length)
        {
            Func<char, bool>? isDigit = char.ToLowerInvariant(source[at + 1]) switch
            {
                'b' => c => c is '0' or '1',
                'o' => c => c is >= '0' and <= '7',
                'x' => char.IsAsciiHexDigit,
                _ => null,
            };
            if (isDigit is not null && Run(at + 2, isDigit) is var end && end > at + 2) return end;
        }

        return source[at] == '0' ? Run(at + 1, c => c == '0') : Run(at, char.IsAsciiDigit);
    }

    /// <summary>The end of digits, each with at most one underscore in front.</summary>
    private int Run(int at, Func<char, bool> isDigit)
    {
        int i = at;
        while (i < source.Length)
        {
            if (isDigit(source[i])) i++;
            else if (source[i] == '_' && i + 1 < source.Length && isDigit(source[i + 1])) i += 2;
            else break;
        }

        return i;
    }

    private static bool IsNamePart(Rune r) => r.IsAscii
        ? r.Value == '_' || char.IsAsciiLetterOrDigit((char)r.Value)
        : CharClass.IsWord(r) || CharClass.IsIdentifierPart(r);

    private int Name(int at)
    {
        int i = at;
        while (i < source.Length && Rune.TryGetRuneAt(source, i, out Rune r) && IsNamePart(r)) i += r.Utf16SequenceLength;
        string name = source[at..i];
        if (!CharClass.IsIdentifier(name)) throw Faults.Syntax("Invalid character in identifier", lexer.LineAt(at));
        lexer.Add(TokenKind.Name, name, at);
        return i;
    }

    private int String(int at)
    {
        char quote = source[at];
        for (int i = at + 1; i < source.Length; i++)
        {
            if (source[i] == '\\')
            {
                i++;
            }
            else if (source[i] == quote)
            {
                lexer.Add(TokenKind.String, StringLiteral.Unescape(source[(at + 1)..i], lexer.LineAt(at)), at);
                return i + 1;
            }
        }

        throw Unexpected(at);
    }

    private int Operator(int at)
    {
        if (at + 1 < source.Length && TwoCharacterOperators.Contains(source.Substring(at, 2), StringComparison.Ordinal) && source[at + 1] != ' ')
        {
            lexer.Add(TokenKind.Operator, source.Substring(at, 2), at);
            return at + 2;
        }

        char c = source[at];
        if (!Operators.Contains(c)) throw Unexpected(at);
        switch (c)
        {
            case '(': open.Push(')'); break;
            case '[': open.Push(']'); break;
            case '{': open.Push('}'); break;
            case ')' or ']' or '}':
                if (!open.TryPop(out char expected)) throw Faults.Syntax($"unexpected '{c}'", lexer.LineAt(at));
                if (expected != c) throw Faults.Syntax($"unexpected '{c}', expected '{expected}'", lexer.LineAt(at));
                break;
        }

        lexer.Add(TokenKind.Operator, c.ToString(), at);
        return at + 1;
    }

    private TemplateException Unexpected(int at) =>
        Faults.Syntax($"unexpected char {StringRepr.Of(source.Substring(at, PyText.Width(source, at)))} at {at}", lexer.LineAt(at));
}
