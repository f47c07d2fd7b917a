namespace Candor.Tokenizers.Templates;

/// <summary>Finds the names that a scope reads and sets. Loops, macros and the like are scopes of their own.</summary>
internal static class SymbolFinder
{
    public static void Visit(IEnumerable<Node> nodes, Symbols symbols, bool asParameters = false)
    {
        foreach (Node node in nodes) Visit(node, symbols, asParameters);
    }

    public static void Visit(Node node, Symbols symbols, bool asParameters = false)
    {
        switch (node)
        {
            case NameExpression name:
                Name(name, symbols, asParameters);
                break;
            case NamespaceReference reference:
                symbols.Load(reference.Name);
                break;
            case IfStatement statement:
                If(statement, symbols, asParameters);
                break;
            case MacroStatement macro:
                symbols.Store(macro.Definition.Name!);
                break;
            case LoadStatement load:
                Visit(load.Children, symbols, asParameters);
                foreach (string stored in load.Stores) symbols.Store(stored);
                break;
            case AssignStatement assign:
                Visit(assign.Value, symbols, asParameters);
                Visit(assign.Target, symbols, asParameters);
                break;
            case AssignBlockStatement assign:
                Visit(assign.Target, symbols, asParameters);
                break;
            case ForStatement loop:
                Visit(loop.Iterable, symbols, asParameters);
                break;
            case CallBlockStatement call:
                Visit(call.Call, symbols, asParameters);
                break;
            case FilterBlockStatement filter:
                Visit(filter.Filter, symbols, asParameters);
                break;
            case WithStatement with:
                Visit(with.Values, symbols, asParameters);
                break;
            case AutoescapeStatement or BlockStatement or GenerationStatement:
                break;
            default:
                Visit(node.Children, symbols, asParameters);
                break;
        }
    }

    private static void Name(NameExpression name, Symbols symbols, bool asParameters)
    {
        if (asParameters || name.Use == NameUse.Parameter) symbols.Parameter(name.Name);
        else if (name.Use == NameUse.Store) symbols.Store(name.Name);
        else symbols.Load(name.Name);
    }

    /// <summary>The first branch is one overlay, all else-ifs together another, nested as Jinja nests them.</summary>
    private static void If(IfStatement statement, Symbols symbols, bool asParameters)
    {
        Visit(statement.Branches[0].Test, symbols, asParameters);
        Symbols first = symbols.Branch();
        Visit(statement.Branches[0].Body, first, asParameters);
        Symbols others = symbols.Branch();
        foreach ((Expression test, Statement[] body, int _) in statement.Branches.Skip(1))
        {
            Visit(test, others, asParameters);
            Symbols own = others.Branch();
            Visit(body, own, asParameters);
            others.Merge(own, others.Branch(), others.Branch());
        }

        Symbols otherwise = symbols.Branch();
        Visit(statement.Otherwise, otherwise, asParameters);
        symbols.Merge(first, others, otherwise);
    }
}
