namespace Candor.Tokenizers.Templates;

/// <summary>Makes statements and expressions of tokens. This part: the stream of tokens and the frame of statements.</summary>
internal sealed partial class Parser
{
    /// <summary>The most that tags and brackets may be nested.</summary>
    private const int MaxNesting = 200;

    private readonly List<Token> tokens;
    private readonly List<string> openTags = [];
    private readonly List<string[]> expectedEnds = [];
    private int at;
    private int nesting;

    private Parser(List<Token> tokens) => this.tokens = tokens;

    private Token Current => tokens[at];

    private Token Following => tokens[Math.Min(at + 1, tokens.Count - 1)];

    public static Statement[] Parse(string source)
    {
        var parser = new Parser(Lexer.Read(source));
        return parser.Body(null);
    }

    private Token Take()
    {
        Token token = tokens[at];
        if (at + 1 < tokens.Count) at++;
        return token;
    }

    private bool Skip(string op)
    {
        if (!Current.Is(op)) return false;
        Take();
        return true;
    }

    private bool SkipName(string name)
    {
        if (!Current.IsName(name)) return false;
        Take();
        return true;
    }

    private Token Expect(string op) => Current.Is(op) ? Take() : throw Unexpected(op);

    private Token Expect(TokenKind kind, string description) => Current.Kind == kind ? Take() : throw Unexpected(description);

    private Token ExpectName() => Expect(TokenKind.Name, "name");

    private void ExpectName(string name)
    {
        if (!SkipName(name)) throw Unexpected(name);
    }

    private TemplateException Unexpected(string expected) => Current.Kind == TokenKind.End
        ? Fail($"unexpected end of template, expected '{expected}'.")
        : Fail($"expected token '{expected}', got '{Current}'");

    private TemplateException Fail(string reason, int line = 0) => Faults.Syntax(reason, line > 0 ? line : Current.Line);

    private void Enter()
    {
        if (++nesting > MaxNesting) throw Faults.TooDeep(Current.Line);
        StackGuard.Check();
    }

    private void Leave() => nesting--;

    /// <summary>Statements up to a tag that ends them; that tag's name stays the current token.</summary>
    private Statement[] Body(string[]? ends)
    {
        var body = new List<Statement>();
        var parts = new List<Expression>();
        if (ends is not null) expectedEnds.Add(ends);
        Enter();
        void Flush()
        {
            if (parts.Count > 0) body.Add(new OutputStatement([.. parts], parts[0].Line));
            parts.Clear();
        }

        while (Current.Kind != TokenKind.End)
        {
            Token token = Take();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    parts.Add(new TextExpression(token.Text, token.Line));
                    break;
                case TokenKind.VariableBegin:
                    parts.Add(TupleOrExpression(true));
                    Expect(TokenKind.VariableEnd, "end of print statement");
                    break;
                default:
                    Flush();
                    if (ends is not null && Current.Kind == TokenKind.Name && ends.Contains(Current.Text))
                    {
                        expectedEnds.RemoveAt(expectedEnds.Count - 1);
                        Leave();
                        return [.. body];
                    }

                    body.Add(Tag());
                    Expect(TokenKind.BlockEnd, "end of statement block");
                    break;
            }
        }

        if (ends is not null) throw UnknownTag(null, Current.Line);
        Flush();
        Leave();
        return [.. body];
    }

    /// <summary>The end of the tag, and the statements after it up to one that ends them.</summary>
    private Statement[] Block(params string[] ends)
    {
        Skip(":");
        Expect(TokenKind.BlockEnd, "end of statement block");
        return Body(ends);
    }

    private Statement[] BlockUntil(string end)
    {
        Statement[] body = Block(end);
        Take();
        return body;
    }

    private Statement Tag()
    {
        Token tag = Current;
        if (tag.Kind != TokenKind.Name) throw Fail("tag name expected");
        openTags.Add(tag.Text);
        Statement statement = tag.Text switch
        {
            "for" => For(),
            "if" => If(),
            "set" => Set(),
            "macro" => Macro(),
            "call" => CallBlock(),
            "filter" => FilterBlock(),
            "with" => With(),
            "block" => NamedBlock(),
            "autoescape" => Autoescape(),
            "print" => Print(),
            "generation" => Generation(),
            "break" or "continue" => new LoopControlStatement(Take().Text == "break", tag.Line),
            "extends" => new LoadStatement("extends", After(Take), [], tag.Line),
            "include" => Include(),
            "import" => Import(),
            "from" => FromImport(),
            _ => throw UnknownTag(tag.Text, tag.Line),
        };
        openTags.RemoveAt(openTags.Count - 1);
        return statement;
    }

    private TemplateException UnknownTag(string? name, int line)
    {
        if (name is not null) openTags.RemoveAt(openTags.Count - 1);
        string reason = name is null ? "Unexpected end of template." : $"Encountered unknown tag '{name}'.";
        if (expectedEnds.Count > 0)
        {
            string looking = string.Join(" or ", expectedEnds[^1].Select(end => $"'{end}'"));
            reason += name is not null && expectedEnds.Exists(ends => ends.Contains(name))
                ? $" You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for {looking}."
                : $" Jinja was looking for the following tags: {looking}.";
        }

        if (openTags.Count > 0) reason += $" The innermost block that needs to be closed is '{openTags[^1]}'.";
        return Fail(reason, line);
    }

    private Expression After(Func<Token> skip)
    {
        skip();
        return Expression();
    }
}
