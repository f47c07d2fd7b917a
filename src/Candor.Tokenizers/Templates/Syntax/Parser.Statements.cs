namespace Candor.Tokenizers.Templates;

/// <summary>This part: the tags.</summary>
internal sealed partial class Parser
{
    private ForStatement For()
    {
        int line = Take().Line;
        Expression target = AssignTo(false, "in");
        ExpectName("in");
        Expression iterable = TupleOrExpression(false, "recursive");
        Expression? test = SkipName("if") ? Expression() : null;
        bool recursive = SkipName("recursive");
        Statement[] body = Block("endfor", "else");
        Statement[] otherwise = Take().Text == "else" ? BlockUntil("endfor") : [];
        return new ForStatement(target, iterable, test, recursive, body, otherwise, line);
    }

    private IfStatement If()
    {
        int line = Take().Line;
        int branchLine = line;
        var branches = new List<(Expression, Statement[], int)>();
        Statement[] otherwise = [];
        while (true)
        {
            Expression test = TupleOrExpression(false);
            branches.Add((test, Block("elif", "else", "endif"), branchLine));
            Token end = Take();
            branchLine = end.Line;
            if (end.Text == "elif") continue;
            if (end.Text == "else") otherwise = BlockUntil("endif");
            return new IfStatement([.. branches], otherwise, line);
        }
    }

    private Statement Set()
    {
        int line = Take().Line;
        Expression target = AssignTo(true);
        if (Skip("=")) return new AssignStatement(target, TupleOrExpression(true), line);
        FilterExpression? filter = Current.Is("|") ? Filters(null) : null;
        return new AssignBlockStatement(target, filter, BlockUntil("endset"), line);
    }

    private WithStatement With()
    {
        int line = Take().Line;
        var targets = new List<Expression>();
        var values = new List<Expression>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (targets.Count > 0) Expect(",");
            targets.Add(AssignTo(false));
            SetUse(targets[^1], NameUse.Parameter);
            Expect("=");
            values.Add(Expression());
        }

        return new WithStatement([.. targets], [.. values], BlockUntil("endwith"), line);
    }

    private AutoescapeStatement Autoescape()
    {
        int line = Take().Line;
        return new AutoescapeStatement(Expression(), BlockUntil("endautoescape"), line);
    }

    private OutputStatement Print()
    {
        int line = Take().Line;
        var parts = new List<Expression>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (parts.Count > 0) Expect(",");
            parts.Add(Expression());
        }

        return new OutputStatement([.. parts], line);
    }

    private GenerationStatement Generation()
    {
        int line = Take().Line;
        return new GenerationStatement(new MacroDefinition(null, [], [], BlockUntil("endgeneration"), line), line);
    }

    private MacroStatement Macro()
    {
        int line = Take().Line;
        string name = NameTo().Name;
        (NameExpression[] parameters, Expression[] defaults) = Signature();
        return new MacroStatement(new MacroDefinition(name, parameters, defaults, BlockUntil("endmacro"), line), line);
    }

    private CallBlockStatement CallBlock()
    {
        int line = Take().Line;
        (NameExpression[] parameters, Expression[] defaults) = Current.Is("(") ? Signature() : ([], []);
        CallExpression call = Expression() as CallExpression ?? throw Fail("expected call", line);
        return new CallBlockStatement(call, new MacroDefinition(null, parameters, defaults, BlockUntil("endcall"), line), line);
    }

    private FilterBlockStatement FilterBlock()
    {
        int line = Take().Line;
        FilterExpression filter = Filters(OneFilter(null))!;
        return new FilterBlockStatement(filter, BlockUntil("endfilter"), line);
    }

    private BlockStatement NamedBlock()
    {
        int line = Take().Line;
        string name = ExpectName().Text;
        bool scoped = SkipName("scoped");
        bool required = SkipName("required");
        if (Current.Is("-"))
            throw Fail("Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.");
        Statement[] body = BlockUntil("endblock");
        if (required && body.Any(s => s is not OutputStatement output || output.Children.Any(part => !IsBlank(part))))
            throw Fail("Required blocks can only contain comments or whitespace");
        SkipName(name);
        return new BlockStatement(name, scoped, required, body, line);
    }

    private static bool IsBlank(Node part) => part is TextExpression text && text.Text.All(CharClass.IsSpace);

    private LoadStatement Include()
    {
        int line = Take().Line;
        Expression template = Expression();
        if (Current.IsName("ignore") && Following.IsName("missing"))
        {
            Take();
            Take();
        }

        SkipContext();
        return new LoadStatement("include", template, [], line);
    }

    private LoadStatement Import()
    {
        int line = Take().Line;
        Expression template = Expression();
        ExpectName("as");
        string name = NameTo().Name;
        SkipContext();
        return new LoadStatement("import", template, [name], line);
    }

    private LoadStatement FromImport()
    {
        int line = Take().Line;
        Expression template = Expression();
        ExpectName("import");
        var names = new List<string>();
        while (true)
        {
            if (names.Count > 0) Expect(",");
            if (Current.Kind != TokenKind.Name) throw Unexpected("name");
            if (SkipContext()) break;
            NameExpression name = NameTo();
            if (name.Name.StartsWith('_')) throw Faults.Assertion("names starting with an underline can not be imported", name.Line);
            names.Add(SkipName("as") ? NameTo().Name : name.Name);
            if (SkipContext() || !Current.Is(",")) break;
        }

        return new LoadStatement("from", template, [.. names], line);
    }

    private bool SkipContext()
    {
        if (!(Current.IsName("with") || Current.IsName("without")) || !Following.IsName("context")) return false;
        Take();
        Take();
        return true;
    }

    private (NameExpression[] Parameters, Expression[] Defaults) Signature()
    {
        Expect("(");
        var parameters = new List<NameExpression>();
        var defaults = new List<Expression>();
        var names = new HashSet<string>();
        while (!Current.Is(")"))
        {
            if (parameters.Count > 0) Expect(",");
            NameExpression name = NameTo();
            name.Use = NameUse.Parameter;
            if (Skip("=")) defaults.Add(Expression());
            else if (defaults.Count > 0) throw Fail("non-default argument follows default argument");
            if (!names.Add(name.Name)) throw Faults.PythonSyntax($"duplicate argument '{name.Name}' in function definition", name.Line);
            parameters.Add(name);
        }

        Take();
        return ([.. parameters], [.. defaults]);
    }

    private NameExpression NameTo()
    {
        Token token = ExpectName();
        var name = new NameExpression(token.Text, NameUse.Store, token.Line);
        return IsConstantName(token.Text) ? throw Fail("can't assign to 'name'", token.Line) : name;
    }

    private Expression AssignTo(bool namespaces, string? end = null)
    {
        Expression target = Targets(namespaces, end);
        SetUse(target, NameUse.Store);
        if (Unassignable(target) is { } wrong) throw Fail($"can't assign to '{wrong}'", target.Line);
        return target;
    }

    private static void SetUse(Expression target, NameUse use)
    {
        if (target is NameExpression name) name.Use = use;
        if (target is TupleExpression tuple)
            foreach (Expression item in tuple.Items) SetUse(item, use);
    }

    /// <summary>What a piece is called that cannot be assigned to, or null.</summary>
    private static string? Unassignable(Expression target) => target switch
    {
        NameExpression or NamespaceReference => null,
        TupleExpression tuple => tuple.Items.Any(item => Unassignable(item) is not null) ? "tuple" : null,
        ConstantExpression => "const",
        ListExpression => "list",
        DictExpression => "dict",
        _ => "expression",
    };

    private static bool IsConstantName(string name) => name is "true" or "false" or "none" or "True" or "False" or "None";
}
