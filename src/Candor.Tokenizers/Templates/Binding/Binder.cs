namespace Candor.Tokenizers.Templates;

/// <summary>Gives every variable its place, and refuses what Jinja refuses before it runs a template.</summary>
internal sealed class Binder
{
    private readonly Dictionary<string, BlockStatement> blocks = [];
    private int loops;

    private Binder()
    {
    }

    public static BoundTemplate Bind(Statement[] body)
    {
        var binder = new Binder();
        binder.CollectBlocks(body);
        var layout = new FunctionLayout(null);
        var symbols = new Symbols(layout, null);
        int self = UndeclaredNames.Find(body, "self").Count > 0 ? symbols.Parameter("self").Index : -1;
        SymbolFinder.Visit(body, symbols);
        binder.Statements(body, new BindScope(symbols) { IsTop = true });
        foreach (BlockStatement block in binder.blocks.Values) binder.Block(block);
        return new BoundTemplate(body, layout.Slots, symbols.Loads(), self, binder.blocks);
    }

    private void CollectBlocks(IEnumerable<Node> nodes)
    {
        foreach (Node node in nodes)
        {
            if (node is BlockStatement block && !blocks.TryAdd(block.Name, block))
                throw Faults.Assertion($"block '{block.Name}' defined twice", block.Line);
            CollectBlocks(node.Children);
        }
    }

    private void Block(BlockStatement block)
    {
        loops = 0;
        var layout = new FunctionLayout(null);
        var symbols = new Symbols(layout, null);
        HashSet<string> undeclared = UndeclaredNames.Find(block.Body, "self", "super");
        if (undeclared.Contains("self")) block.Self = symbols.Parameter("self").Index;
        if (undeclared.Contains("super")) block.Super = symbols.Parameter("super").Index;
        SymbolFinder.Visit(block.Body, symbols);
        Statements(block.Body, new BindScope(symbols));
        block.Slots = layout.Slots;
        block.Loads = symbols.Loads();
    }

    private void Statements(Statement[] body, BindScope scope)
    {
        foreach (Statement statement in body) Bind(statement, scope);
    }

    private void Bind(Statement statement, BindScope scope)
    {
        switch (statement)
        {
            case OutputStatement output:
                Expressions(output.Children, scope);
                break;
            case IfStatement branches:
                If(branches, scope with { IsSoft = true });
                break;
            case ForStatement loop:
                For(loop, scope);
                break;
            case AssignStatement assign:
                Expressions([assign.Value], scope);
                assign.Bound = Target(assign.Target, scope);
                break;
            case AssignBlockStatement assign:
                AssignBlock(assign, scope);
                break;
            case MacroStatement macro:
                Macro(macro.Definition, scope);
                macro.Bound = NameTarget(macro.Definition.Name!, scope);
                break;
            case CallBlockStatement call:
                Macro(call.Definition, scope);
                if (call.Call.Arguments.Named.Any(n => n.Name == "caller")) throw Faults.PythonSyntax("keyword argument repeated: caller", call.Line);
                Expressions([call.Call], scope);
                break;
            case GenerationStatement generation:
                Macro(generation.Definition, scope);
                break;
            case FilterBlockStatement filter:
                FilterBlock(filter, scope);
                break;
            case WithStatement with:
                With(with, scope);
                break;
            case AutoescapeStatement escape:
                Autoescape(escape, scope);
                break;
            case BlockStatement block:
                block.Visible = [.. scope.Symbols.Visible().Select(name => (name, scope.Place(scope.Symbols.Find(name)!)))];
                break;
            case LoadStatement load:
                if (load.Tag == "extends" && !scope.IsTop) throw Faults.Assertion("cannot use extend from a non top-level scope", load.Line);
                Expressions(load.Children, scope);
                break;
            case LoopControlStatement control:
                if (!scope.InLoop)
                    throw Faults.PythonSyntax(control.IsBreak ? "'break' outside loop" : "'continue' not properly in loop", control.Line);
                break;
        }
    }

    private void If(IfStatement branches, BindScope scope)
    {
        foreach ((Expression test, Statement[] body, int _) in branches.Branches)
        {
            Expressions([test], scope);
            Statements(body, scope);
        }

        Statements(branches.Otherwise, scope);
    }

    private void For(ForStatement loop, BindScope scope)
    {
        Expressions([loop.Iterable], scope);
        FunctionLayout function = loop.Recursive ? new FunctionLayout(scope.Symbols.Function) : scope.Symbols.Function;
        var bodySymbols = new Symbols(function, scope.Symbols);
        var elseSymbols = new Symbols(function, scope.Symbols);
        bool hasVariable = loop.Recursive || loop.HasScopedBlock || UndeclaredNames.Find(loop.Body, "loop").Count > 0;
        int variable = hasVariable ? bodySymbols.Parameter("loop").Index : -1;
        SymbolFinder.Visit(loop.Target, bodySymbols, true);
        SymbolFinder.Visit(loop.Body, bodySymbols);
        SymbolFinder.Visit(loop.Otherwise, elseSymbols);

        loops++;
        AssignTarget? testTarget = null;
        FunctionLayout? testFunction = null;
        Symbols? testSymbols = null;
        if (loop.Test is not null)
        {
            testFunction = new FunctionLayout(scope.Symbols.Function);
            testSymbols = new Symbols(testFunction, scope.Symbols);
            SymbolFinder.Visit(loop.Target, testSymbols, true);
            SymbolFinder.Visit(loop.Test, testSymbols);
            var testScope = new BindScope(testSymbols);
            testTarget = Target(loop.Target, testScope);
            Expressions([loop.Test], testScope);
        }

        var bodyScope = new BindScope(bodySymbols) { InLoop = true };
        AssignTarget target = Target(loop.Target, bodyScope);
        Statements(loop.Body, bodyScope);
        Statements(loop.Otherwise, new BindScope(elseSymbols) { InLoop = scope.InLoop && !loop.Recursive });
        loops--;
        loop.Bound = new ForBinding
        {
            Target = target,
            LoopSlots = function.Slots,
            HasLoopVariable = hasVariable,
            LoopVariable = variable,
            BodyLoads = bodySymbols.Loads(),
            ElseLoads = elseSymbols.Loads(),
            TestTarget = testTarget,
            TestSlots = testFunction?.Slots ?? 0,
            TestLoads = testSymbols?.Loads() ?? [],
        };
    }

    private void AssignBlock(AssignBlockStatement assign, BindScope scope)
    {
        var symbols = new Symbols(scope.Symbols.Function, scope.Symbols);
        SymbolFinder.Visit(assign.Body, symbols);
        var inner = new BindScope(symbols) { InLoop = scope.InLoop };
        if (assign.Filter is not null) SymbolFinder.Visit(assign.Filter, symbols);
        Statements(assign.Body, inner);
        if (assign.Filter is not null) Expressions([assign.Filter], inner);
        assign.Bound = Target(assign.Target, scope);
        assign.Loads = symbols.Loads();
    }

    private void FilterBlock(FilterBlockStatement filter, BindScope scope)
    {
        var symbols = new Symbols(scope.Symbols.Function, scope.Symbols);
        SymbolFinder.Visit(filter.Body, symbols);
        SymbolFinder.Visit(filter.Filter, symbols);
        var inner = new BindScope(symbols) { InLoop = scope.InLoop };
        Statements(filter.Body, inner);
        Expressions([filter.Filter], inner);
        filter.Loads = symbols.Loads();
    }

    private void With(WithStatement with, BindScope scope)
    {
        var symbols = new Symbols(scope.Symbols.Function, scope.Symbols);
        SymbolFinder.Visit(with.Targets, symbols);
        SymbolFinder.Visit(with.Body, symbols);
        var inner = new BindScope(symbols) { InLoop = scope.InLoop };
        Expressions(with.Values, scope);
        with.Bound = [.. with.Targets.Select(target => Target(target, inner))];
        Statements(with.Body, inner);
        with.Loads = symbols.Loads();
    }

    private void Autoescape(AutoescapeStatement escape, BindScope scope)
    {
        var symbols = new Symbols(scope.Symbols.Function, scope.Symbols);
        SymbolFinder.Visit(escape.Enabled, symbols);
        SymbolFinder.Visit(escape.Body, symbols);
        var inner = new BindScope(symbols) { InLoop = scope.InLoop };
        Expressions([escape.Enabled], inner);
        Statements(escape.Body, inner);
        escape.Loads = symbols.Loads();
    }

    private void Macro(MacroDefinition macro, BindScope scope)
    {
        var function = new FunctionLayout(scope.Symbols.Function);
        var symbols = new Symbols(function, scope.Symbols);
        SymbolFinder.Visit(macro.Children, symbols);
        int[] parameters = [.. macro.Parameters.Select(p => symbols.Find(p.Name)!.Index)];
        HashSet<string> undeclared = UndeclaredNames.Find(macro.Body, "caller", "kwargs", "varargs");
        int callerAt = Array.FindIndex(macro.Parameters, p => p.Name == "caller");
        bool usesCaller = undeclared.Contains("caller");
        if (usesCaller && callerAt >= 0 && macro.Parameters.Length - callerAt > macro.Defaults.Length)
        {
            throw Faults.Assertion(
                "When defining macros or call blocks the special \"caller\" argument must be omitted or be given a default.",
                macro.Line);
        }

        int Special(string name) =>
            undeclared.Contains(name) && !macro.Parameters.Any(p => p.Name == name) ? symbols.Parameter(name).Index : -1;
        int caller = Special("caller");
        int named = Special("kwargs");
        int positional = Special("varargs");
        var inner = new BindScope(symbols);
        Expressions(macro.Defaults, inner);
        Statements(macro.Body, inner);
        macro.Bound = new MacroBinding
        {
            Slots = function.Slots,
            Parameters = parameters,
            Caller = caller,
            UsesCaller = usesCaller,
            Named = named,
            Positional = positional,
            Loads = symbols.Loads(),
        };
    }

    private AssignTarget Target(Expression target, BindScope scope)
    {
        switch (target)
        {
            case NameExpression name:
                if (name is { Name: "loop", Use: NameUse.Store } && loops > 0)
                    throw Faults.Assertion("Can't assign to special loop variable in for-loop target", name.Line);
                return NameTarget(name.Name, scope);
            case NamespaceReference reference:
                return new NamespaceTarget(scope.Place(scope.Symbols.Find(reference.Name)!), reference.Attribute);
            default:
                return new TupleTarget([.. ((TupleExpression)target).Items.Select(item => Target(item, scope))]);
        }
    }

    private NameTarget NameTarget(string name, BindScope scope) =>
        new(name, scope.Place(scope.Symbols.Find(name)!), scope.IsTop && blocks.Count > 0);

    private static void Expressions(IEnumerable<Node> nodes, BindScope scope)
    {
        foreach (Node node in nodes)
        {
            BindScope inner = scope;
            switch (node)
            {
                case NameExpression name:
                    name.Bind(scope.Place(scope.Symbols.Find(name.Name)!));
                    break;
                case FilterExpression { IsKnown: false } filter when !scope.IsSoft:
                    throw Faults.Assertion($"No filter named '{filter.Name}'.", filter.Line);
                case TestExpression { IsKnown: false } test when !scope.IsSoft:
                    throw Faults.Assertion($"No test named '{test.Name}'.", test.Line);
                case ConditionalExpression:
                    inner = scope with { IsSoft = true };
                    break;
            }

            Expressions(node.Children, inner);
        }
    }

    /// <summary>What surrounds a statement.</summary>
    /// <param name="Symbols">The names in sight.</param>
    private sealed record BindScope(Symbols Symbols)
    {
        /// <summary>The outermost scope, also inside of ifs.</summary>
        public bool IsTop { get; init; }

        /// <summary>Inside an if, where an unknown filter only fails when it is reached.</summary>
        public bool IsSoft { get; init; }

        /// <summary>Inside a loop of the same function.</summary>
        public bool InLoop { get; init; }

        public VariablePlace Place(Variable variable) => Symbols.Function.Place(variable);
    }
}

/// <summary>A template that is ready to run.</summary>
/// <param name="Body">Its statements.</param>
/// <param name="Slots">How many variables its outermost function has.</param>
/// <param name="Loads">What fills them.</param>
/// <param name="Self">The slot of <c>self</c>, or -1.</param>
/// <param name="Blocks">Its blocks by name.</param>
internal sealed record BoundTemplate(
    Statement[] Body,
    int Slots,
    VariableLoad[] Loads,
    int Self,
    IReadOnlyDictionary<string, BlockStatement> Blocks);
