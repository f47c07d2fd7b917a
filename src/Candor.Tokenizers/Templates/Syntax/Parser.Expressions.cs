namespace Candor.Tokenizers.Templates;

/// <summary>This part: expressions, from the loosest binding to the tightest.</summary>
internal sealed partial class Parser
{
    private Expression Expression() => Conditional();

    private Expression Conditional()
    {
        Enter();
        int line = Current.Line;
        Expression value = Or();
        while (SkipName("if"))
        {
            Expression test = Or();
            Expression? otherwise = SkipName("else") ? Conditional() : null;
            value = new ConditionalExpression(test, value, otherwise, line);
        }

        Leave();
        return value;
    }

    private Expression Or()
    {
        int line = Current.Line;
        Expression left = And();
        while (SkipName("or")) left = new LogicExpression(false, left, And(), line);
        return left;
    }

    private Expression And()
    {
        int line = Current.Line;
        Expression left = Not();
        while (SkipName("and")) left = new LogicExpression(true, left, Not(), line);
        return left;
    }

    private Expression Not()
    {
        if (!Current.IsName("not")) return Compare();
        Enter();
        int line = Take().Line;
        var negated = new UnaryExpression('!', Not(), line);
        Leave();
        return negated;
    }

    private Expression Compare()
    {
        int line = Current.Line;
        Expression first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
            {
                string op = Take().Text;
                rest.Add((op, Sum()));
            }
            else if (SkipName("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (Current.IsName("not") && Following.IsName("in"))
            {
                Take();
                Take();
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new CompareExpression(first, [.. rest], line);
            }
        }
    }

    private Expression Sum()
    {
        int line = Current.Line;
        Expression left = Concat();
        while (Current.Is("+") || Current.Is("-"))
        {
            BinaryOperator op = Take().Text == "+" ? BinaryOperator.Add : BinaryOperator.Subtract;
            left = new BinaryExpression(op, left, Concat(), line);
        }

        return left;
    }

    private Expression Concat()
    {
        int line = Current.Line;
        Expression first = Product();
        if (!Current.Is("~")) return first;
        var parts = new List<Expression> { first };
        while (Skip("~")) parts.Add(Product());
        return new ConcatExpression([.. parts], line);
    }

    private Expression Product()
    {
        int line = Current.Line;
        Expression left = Power();
        while (Current.Is("*") || Current.Is("/") || Current.Is("//") || Current.Is("%"))
        {
            BinaryOperator op = Take().Text switch
            {
                "*" => BinaryOperator.Multiply,
                "/" => BinaryOperator.Divide,
                "//" => BinaryOperator.FloorDivide,
                _ => BinaryOperator.Modulo,
            };
            left = new BinaryExpression(op, left, Power(), line);
        }

        return left;
    }

    private Expression Power()
    {
        int line = Current.Line;
        Expression left = Unary(true);
        while (Skip("**")) left = new BinaryExpression(BinaryOperator.Power, left, Unary(true), line);
        return left;
    }

    private Expression Unary(bool withFilters)
    {
        Expression value;
        if (Current.Is("-") || Current.Is("+"))
        {
            Enter();
            Token sign = Take();
            value = new UnaryExpression(sign.Text[0], Unary(false), sign.Line);
            Leave();
        }
        else
        {
            value = Primary(false);
        }

        value = Postfix(value);
        return withFilters ? FiltersAndTests(value) : value;
    }

    private Expression Primary(bool namespaces)
    {
        Token token = Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                Take();
                if (IsConstantName(token.Text)) return new ConstantExpression(Constant(token.Text), token.Line);
                if (!namespaces || !Skip(".")) return new NameExpression(token.Text, NameUse.Load, token.Line);
                return new NamespaceReference(token.Text, ExpectName().Text, token.Line);
            case TokenKind.String:
                return new ConstantExpression(StringValue.Of(AdjacentStrings()), token.Line);
            case TokenKind.Integer or TokenKind.Float:
                Take();
                return new ConstantExpression(token.Number!, token.Line);
        }

        if (token.Is("("))
        {
            Take();
            Expression inner = TupleOrExpression(true, null, true);
            Expect(")");
            return inner;
        }

        if (token.Is("[")) return List();
        if (token.Is("{")) return Dict();
        throw Fail($"unexpected '{token}'");
    }

    private static TemplateValue Constant(string name) => name switch
    {
        "true" or "True" => BooleanValue.True,
        "false" or "False" => BooleanValue.False,
        _ => NoneValue.Instance,
    };

    private string AdjacentStrings()
    {
        string first = Take().Text;
        if (Current.Kind != TokenKind.String) return first;
        var all = new System.Text.StringBuilder(first);
        while (Current.Kind == TokenKind.String) all.Append(Take().Text);
        return all.ToString();
    }

    /// <summary>An expression, or several with commas between them, which make a tuple.</summary>
    private Expression TupleOrExpression(bool conditional, string? end = null, bool inParentheses = false) =>
        Several(() => conditional ? Expression() : Or(), end, inParentheses);

    private Expression Targets(bool namespaces, string? end) => Several(() => Primary(namespaces), end, false);

    private Expression Several(Func<Expression> one, string? end, bool inParentheses)
    {
        int line = Current.Line;
        var items = new List<Expression>();
        bool isTuple = false;
        while (true)
        {
            if (items.Count > 0) Expect(",");
            if (Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.Is(")") || (end is not null && Current.IsName(end))) break;
            items.Add(one());
            if (!Current.Is(",")) break;
            isTuple = true;
        }

        if (isTuple) return new TupleExpression([.. items], line);
        if (items.Count > 0) return items[0];
        return inParentheses ? new TupleExpression([], line) : throw Fail($"Expected an expression, got '{Current}'");
    }

    private ListExpression List()
    {
        int line = Take().Line;
        var items = new List<Expression>();
        while (!Current.Is("]"))
        {
            if (items.Count > 0) Expect(",");
            if (Current.Is("]")) break;
            items.Add(Expression());
        }

        Take();
        return new ListExpression([.. items], line);
    }

    private DictExpression Dict()
    {
        int line = Take().Line;
        var pairs = new List<(Expression, Expression)>();
        while (!Current.Is("}"))
        {
            if (pairs.Count > 0) Expect(",");
            if (Current.Is("}")) break;
            Expression key = Expression();
            Expect(":");
            pairs.Add((key, Expression()));
        }

        Take();
        return new DictExpression([.. pairs], line);
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            if (Current.Is(".")) value = Attribute(value);
            else if (Current.Is("[")) value = Subscript(value);
            else if (Current.Is("(")) value = Call(value);
            else return value;
        }
    }

    private Expression FiltersAndTests(Expression value)
    {
        while (true)
        {
            if (Current.Is("|")) value = Filters(value)!;
            else if (Current.IsName("is")) value = Test(value);
            else if (Current.Is("(")) value = Call(value);
            else return value;
        }
    }

    private Expression Attribute(Expression owner)
    {
        int line = Take().Line;
        Token name = Take();
        return name.Kind switch
        {
            TokenKind.Name => new AttributeExpression(owner, name.Text, line),
            TokenKind.Integer => new ItemExpression(owner, new ConstantExpression(name.Number!, name.Line), line),
            _ => throw Fail("expected name or number", name.Line),
        };
    }

    private Expression Subscript(Expression owner)
    {
        int line = Take().Line;
        var keys = new List<Expression>();
        Expression? slice = null;
        while (!Current.Is("]"))
        {
            if (keys.Count > 0 || slice is not null) Expect(",");
            if (slice is not null) throw Faults.PythonSyntax("invalid syntax", line);
            if (SliceOrKey(owner, out Expression part)) slice = part;
            else keys.Add(part);
            if (slice is not null && keys.Count > 0) throw Faults.PythonSyntax("invalid syntax", line);
        }

        Take();
        if (slice is not null) return slice;
        Expression key = keys.Count == 1 ? keys[0] : new TupleExpression([.. keys], line);
        return new ItemExpression(owner, key, line);
    }

    /// <summary>Reads a key (false) or a slice of the owner (true).</summary>
    private bool SliceOrKey(Expression owner, out Expression part)
    {
        int line = Current.Line;
        Expression? start = null;
        if (!Skip(":"))
        {
            part = start = Expression();
            if (!Skip(":")) return false;
        }

        bool AtEnd() => Current.Is("]") || Current.Is(",");
        Expression? stop = Current.Is(":") || AtEnd() ? null : Expression();
        Expression? step = Skip(":") && !AtEnd() ? Expression() : null;
        part = new SliceExpression(owner, start, stop, step, line);
        return true;
    }

    private CallExpression Call(Expression callee)
    {
        int line = Current.Line;
        return new CallExpression(callee, Arguments(), line);
    }

    private ArgumentList Arguments()
    {
        int line = Take().Line;
        var positional = new List<Expression>();
        var named = new List<(string Name, Expression Value)>();
        Expression? star = null;
        Expression? doubleStar = null;
        var names = new HashSet<string>();
        bool comma = false;
        void Ensure(bool holds)
        {
            if (!holds) throw Fail("invalid syntax for function call expression", line);
        }

        while (!Current.Is(")"))
        {
            if (comma)
            {
                Expect(",");
                if (Current.Is(")")) break;
            }

            comma = true;
            if (Current.Is("*"))
            {
                Ensure(star is null && doubleStar is null);
                Take();
                star = Expression();
            }
            else if (Current.Is("**"))
            {
                Ensure(doubleStar is null);
                Take();
                doubleStar = Expression();
            }
            else if (Current.Kind == TokenKind.Name && Following.Is("="))
            {
                Ensure(doubleStar is null);
                Token name = Take();
                Take();
                if (!names.Add(name.Text)) throw Faults.PythonSyntax($"keyword argument repeated: {name.Text}", name.Line);
                named.Add((name.Text, Expression()));
            }
            else
            {
                Ensure(star is null && doubleStar is null && named.Count == 0);
                positional.Add(Expression());
            }
        }

        Take();
        if (positional.Count == 0 && named.Count == 0 && star is null && doubleStar is null) return ArgumentList.Empty;
        return new ArgumentList([.. positional], [.. named], star, doubleStar);
    }

    private FilterExpression? Filters(Expression? value)
    {
        FilterExpression? filtered = value as FilterExpression;
        while (Skip("|"))
        {
            filtered = OneFilter(value);
            value = filtered;
        }

        return filtered;
    }

    private FilterExpression OneFilter(Expression? value)
    {
        int line = Current.Line;
        string name = DottedName();
        ArgumentList arguments = Current.Is("(") ? Arguments() : ArgumentList.Empty;
        return new FilterExpression(value, name, arguments, line);
    }

    private string DottedName()
    {
        string name = ExpectName().Text;
        while (Skip(".")) name += "." + ExpectName().Text;
        return name;
    }

    private Expression Test(Expression value)
    {
        int line = Take().Line;
        bool negated = SkipName("not");
        string name = DottedName();
        ArgumentList arguments = ArgumentList.Empty;
        if (Current.Is("("))
        {
            arguments = Arguments();
        }
        else if (StartsArgument())
        {
            if (Current.IsName("is")) throw Fail("You cannot chain multiple tests with is");
            arguments = new ArgumentList([Postfix(Primary(false))], [], null, null);
        }

        Expression test = new TestExpression(value, name, arguments, line);
        return negated ? new UnaryExpression('!', test, line) : test;
    }

    private bool StartsArgument() => Current.Kind switch
    {
        TokenKind.Name => Current.Text is not ("else" or "or" or "and"),
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        _ => Current.Is("[") || Current.Is("{"),
    };
}
