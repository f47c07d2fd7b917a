namespace Candor.Tokenizers.Templates;

/// <summary>A piece of a parsed template. How deep pieces are nested is bounded, so that walking them cannot exhaust the stack.</summary>
internal abstract class Node(int line)
{
    /// <summary>The most that pieces may be nested.</summary>
    public const int MaxDepth = 400;

    public int Line { get; } = line;

    /// <summary>How many levels there are below and including this one.</summary>
    public int Depth { get; private set; } = 1;

    /// <summary>The pieces inside, in the order in which names are looked for.</summary>
    public abstract IEnumerable<Node> Children { get; }

    /// <summary>Whether a scoped block is inside.</summary>
    public bool HasScopedBlock { get; protected set; }

    /// <summary>To be called when the pieces inside are known.</summary>
    protected void Measure()
    {
        foreach (Node child in Children)
        {
            Depth = Math.Max(Depth, child.Depth + 1);
            HasScopedBlock |= child.HasScopedBlock;
        }

        if (Depth > MaxDepth) throw Faults.TooDeep(Line);
    }
}

/// <summary>A piece that has a value.</summary>
internal abstract class Expression(int line) : Node(line)
{
    public abstract TemplateValue Evaluate(Scope scope);
}

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>A piece that does something.</summary>
internal abstract class Statement(int line) : Node(line)
{
    public abstract Flow Execute(Scope scope, Sink sink);

    /// <summary>Runs statements one after another until one leaves the loop or its round.</summary>
    public static Flow Run(Statement[] body, Scope scope, Sink sink)
    {
        foreach (Statement statement in body)
        {
            scope.Run.Step();
            Flow flow = statement.Execute(scope, sink);
            if (flow != Flow.Next) return flow;
        }

        return Flow.Next;
    }
}
