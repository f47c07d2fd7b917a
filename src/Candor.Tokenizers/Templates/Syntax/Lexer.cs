namespace Candor.Tokenizers.Templates;

/// <summary>
/// Cuts a template into tokens, with Jinja's rules of white space: trim_blocks and lstrip_blocks on, the last newline
/// dropped, all line ends as "\n".
/// </summary>
internal sealed class Lexer
{
    private readonly string source;
    private readonly List<Token> tokens = [];
    private int at;
    private int line = 1;
    private int counted;

    private Lexer(string source) => this.source = source;

    public static List<Token> Read(string source)
    {
        string text = source.Contains('\r') ? source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n') : source;
        if (text.EndsWith('\n')) text = text[..^1];
        var lexer = new Lexer(text);
        lexer.All();
        return lexer.tokens;
    }

    private void All()
    {
        bool lineStarts = true;
        while (at < source.Length)
        {
            int tag = NextTag(at);
            if (tag < 0)
            {
                AddText(source[at..]);
                at = source.Length;
                break;
            }

            string text = source[at..tag];
            char sign = tag + 2 < source.Length && source[tag + 2] is '-' or '+' ? source[tag + 2] : '\0';
            bool isVariable = source[tag + 1] == '{';
            AddText(BeforeTag(text, sign, isVariable, lineStarts));
            if (!isVariable && source[tag + 1] == '%' && RawBegin(tag) is { } raw)
            {
                at = raw;
                lineStarts = source[raw - 1] == '\n';
                lineStarts = Raw(lineStarts);
                continue;
            }

            at = tag + 2 + (sign == '\0' ? 0 : 1);
            switch (source[tag + 1])
            {
                case '#':
                    Comment();
                    break;
                default:
                    Add(isVariable ? TokenKind.VariableBegin : TokenKind.BlockBegin, "", tag);
                    new ExpressionLexer(this).Read(isVariable);
                    break;
            }

            lineStarts = at > 0 && source[at - 1] == '\n';
        }

        tokens.Add(new Token(TokenKind.End, "", null, LineAt(source.Length)));
    }

    /// <summary>The place of the next opening brace pair.</summary>
    private int NextTag(int from)
    {
        while (true)
        {
            int brace = source.IndexOf('{', from);
            if (brace < 0 || brace + 1 >= source.Length) return -1;
            if (source[brace + 1] is '{' or '%' or '#') return brace;
            from = brace + 1;
        }
    }

    /// <summary>Text in front of a tag, without the white space that goes.</summary>
    private static string BeforeTag(string text, char sign, bool isVariable, bool lineStarts)
    {
        if (sign == '-') return PyText.Strip(text, null, false, true);
        if (sign == '+' || isVariable) return text;
        int begin = text.LastIndexOf('\n') + 1;
        if (begin == 0 && !lineStarts) return text;
        for (int i = begin; i < text.Length; i++)
            if (!CharClass.IsSpace(text[i])) return text;
        return text[..begin];
    }

    /// <summary>Where the text of a raw block begins, if one opens here.</summary>
    private int? RawBegin(int tag)
    {
        int i = tag + 2;
        if (i < source.Length && source[i] is '-' or '+') i++;
        i = SkipSpace(i);
        if (!source.AsSpan(Math.Min(i, source.Length)).StartsWith("raw")) return null;
        i = SkipSpace(i + 3);
        ReadOnlySpan<char> rest = source.AsSpan(i);
        if (rest.StartsWith("-%}")) return SkipSpace(i + 3);
        return rest.StartsWith("%}") ? i + 2 : null;
    }

    /// <summary>The text of a raw block; whether a line starts after it.</summary>
    private bool Raw(bool lineStarts)
    {
        int begin = at;
        for (int tag = source.IndexOf("{%", begin, StringComparison.Ordinal); tag >= 0; tag = source.IndexOf("{%", tag + 2, StringComparison.Ordinal))
        {
            int i = tag + 2;
            char sign = i < source.Length && source[i] is '-' or '+' ? source[i++] : '\0';
            i = SkipSpace(i);
            if (!source.AsSpan(i).StartsWith("endraw")) continue;
            i = SkipSpace(i + 6);
            if (EndOf(i, '%') is not { } end) continue;
            AddText(BeforeTag(source[begin..tag], sign, false, lineStarts));
            at = end;
            return source[end - 1] == '\n';
        }

        throw Faults.Syntax("Missing end of raw directive", LineAt(begin));
    }

    private void Comment()
    {
        int begin = at;
        int mark = source.IndexOf("#}", begin, StringComparison.Ordinal);
        if (mark < 0) throw Faults.Syntax("Missing end of comment tag", LineAt(begin));
        bool signed = mark > begin && source[mark - 1] is '-' or '+';
        at = EndOf(signed ? mark - 1 : mark, '#')!.Value;
    }

    /// <summary>Where the text goes on after the end of a block or comment, if it ends here.</summary>
    public int? EndOf(int i, char mark)
    {
        ReadOnlySpan<char> rest = source.AsSpan(Math.Min(i, source.Length));
        if (rest.Length >= 3 && rest[1] == mark && rest[2] == '}')
        {
            if (rest[0] == '-') return SkipSpace(i + 3);
            if (rest[0] == '+') return i + 3;
        }

        if (rest.Length < 2 || rest[0] != mark || rest[1] != '}') return null;
        return rest.Length > 2 && rest[2] == '\n' ? i + 3 : i + 2;
    }

    public string Source => source;

    public int Position
    {
        get => at;
        set => at = value;
    }

    public int SkipSpace(int i)
    {
        while (i < source.Length && CharClass.IsSpace(source[i])) i++;
        return i;
    }

    public void Add(TokenKind kind, string text, int place, TemplateValue? number = null) => tokens.Add(new Token(kind, text, number, LineAt(place)));

    /// <summary>The line of a place; places must not go backwards much, since lines are counted on the way.</summary>
    public int LineAt(int place)
    {
        if (place < counted) return line - source.AsSpan(place, counted - place).Count('\n');
        line += source.AsSpan(counted, place - counted).Count('\n');
        counted = place;
        return line;
    }

    private void AddText(string text)
    {
        if (text.Length > 0) Add(TokenKind.Text, text, at);
    }
}
