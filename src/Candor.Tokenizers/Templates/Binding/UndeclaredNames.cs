namespace Candor.Tokenizers.Templates;

/// <summary>Which of some names are read before anything sets them, also inside of inner scopes.</summary>
internal static class UndeclaredNames
{
    public static HashSet<string> Find(IEnumerable<Node> nodes, params string[] names)
    {
        var wanted = new HashSet<string>(names);
        var found = new HashSet<string>();
        foreach (Node node in nodes)
            if (!Visit(node, wanted, found)) break;
        return found;
    }

    /// <summary>False when all are found.</summary>
    private static bool Visit(Node node, HashSet<string> wanted, HashSet<string> found)
    {
        if (node is BlockStatement) return true;
        if (node is NameExpression name)
        {
            if (name.Use == NameUse.Load && wanted.Contains(name.Name))
            {
                found.Add(name.Name);
                return !found.SetEquals(wanted);
            }

            wanted.Remove(name.Name);
            return true;
        }

        foreach (Node child in node.Children)
            if (!Visit(child, wanted, found)) return false;
        return true;
    }
}
